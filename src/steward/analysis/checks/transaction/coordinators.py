"""What transaction coordinators report about a producer, and whether a missing report is conclusive."""

from collections.abc import Mapping

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import FactMissing
from steward.model.authorization import AccessAnswer
from steward.model.names import TopicPartition
from steward.model.transaction import ProducerState, Transaction
from steward.model.unknown import NotApplicable, Observed, Unknown, Why

_ACL = "DESCRIBE on transactional-id *"
_UNPROVEN = Unknown(
    Why.DENIED, "transactional ids without DESCRIBE right are omitted without an error", acl=_ACL
)
_NOT_DESCRIBED = frozenset({"DESCRIBE", "ALL"})
_SEES_CLUSTER = frozenset({"DESCRIBE", "ALTER", "ALL"})
_ANY_HOST = "*"


def owner_of(facts: Facts, partition: TopicPartition, state: ProducerState) -> str | Unknown | None:
    """Return why no coordinator can end a producer's open transaction; None if one can.

    The result is Unknown if no coordinator reports the producer and some transactional ids may be hidden from steward.
    """
    owners = facts.index(_by_producer).get(state.producer_id, ())
    if any(partition in owner.partitions for owner in owners):
        return None
    if owners:
        return f"the transaction of {owners[0].transactional_id} does not contain the partition"
    return facts.index(_hidden) or "no coordinator knows its producer"


def open_on(facts: Facts, partition: TopicPartition) -> tuple[Transaction, ...]:
    """Return the transactions that coordinators report as open on a partition.

    Errors: FactMissing if there is none and some transactional ids may be hidden from steward.
    """
    found = facts.index(_by_partition).get(partition, ())
    hidden = None if found else facts.index(_hidden)
    if hidden:
        raise FactMissing(hidden)
    return found


def _by_producer(facts: Facts) -> Mapping[int, tuple[Transaction, ...]]:
    found: dict[int, tuple[Transaction, ...]] = {}
    for transaction in facts.transactions:
        known = found.get(transaction.producer_id, ())
        found[transaction.producer_id] = (*known, transaction)
    return found


def _by_partition(facts: Facts) -> Mapping[TopicPartition, tuple[Transaction, ...]]:
    found: dict[TopicPartition, tuple[Transaction, ...]] = {}
    for transaction in facts.transactions:
        for partition in transaction.partitions if transaction.start_ms >= 0 else ():
            found[partition] = (*found.get(partition, ()), transaction)
    return found


def _hidden(facts: Facts) -> Unknown | None:
    """Return why some transactional ids may be missing; None if all are certainly visible."""
    part = facts.snapshot.transactions
    if isinstance(part, Observed) and part.gaps:
        return part.gaps[0]
    if isinstance(facts.snapshot.acls, NotApplicable):
        return None
    if not isinstance(facts.snapshot.acls, Observed):
        return _UNPROVEN
    return (
        None if all(_sees_all(facts, who) for who in _possible_own_principals(facts)) else _UNPROVEN
    )


def _possible_own_principals(facts: Facts) -> set[str]:
    """Return the principals that could have read the ACLs as steward did; beside them only super users can."""
    return {
        acl.principal
        for acl in facts.acls
        if acl.resource_type == "CLUSTER"
        and acl.permission == "ALLOW"
        and acl.operation in _SEES_CLUSTER
    }


def _sees_all(facts: Facts, principal: str) -> bool:
    decision = facts.authorizer.decide(principal, _ANY_HOST, "DESCRIBE", "TRANSACTIONAL_ID", "*")
    return decision.access is AccessAnswer.ALLOWED and not any(
        acl.permission == "DENY"
        and acl.resource_type == "TRANSACTIONAL_ID"
        and acl.operation in _NOT_DESCRIBED
        for acl in facts.acls
    )
