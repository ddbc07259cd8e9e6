"""Authorizers that allow access to resources without ACLs."""

from collections.abc import Iterator

from steward.analysis.checks.cluster.hidden import entries, hidden_value, visible_values
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import config_evidence, count, on_cluster, static_broker_config
from steward.model.finding import Severity
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable

_KEY = "allow.everyone.if.no.acl.found"


@check("C03", Severity.CRITICAL, over=CLUSTER, parts=(Part.BROKER_CONFIGS, Part.ACLS))
def access_open_without_acl(facts: Facts, _: None) -> Iterator[FoundState]:
    """Every resource without an ACL is open to all clients.

    What it means: allow.everyone.if.no.acl.found is true. The authorizer defines this key, not Kafka, so brokers hide
        its value: where it is set, the result of this check is mostly unknown.
    Why it matters: a new topic can be read and written by every client until its first ACL is added, and removing the
        last ACL of a resource opens it.
    What to do: add the ACLs that the applications need, set the key to false (the default) and restart the brokers.
    """
    if isinstance(facts.snapshot.acls, NotApplicable):
        return  # without an authorizer the key has no effect
    found = entries(facts, _KEY)
    open_on = [b for b, value in visible_values(found).items() if value.strip().lower() == "true"]
    if open_on:
        yield FoundState(
            object=on_cluster(),
            summary=f"resources without ACLs are open to all clients: {_KEY} is true on "
            f"{count(len(open_on), 'broker')}",
            evidence=(config_evidence(f"broker {open_on[0]}", found[open_on[0]]),),
            remedy=static_broker_config(_KEY, "false"),
        )
    yield from hidden_value(found, _KEY)
    facts.require_all_broker_configs()
