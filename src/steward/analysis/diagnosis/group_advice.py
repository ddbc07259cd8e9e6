"""Advice for fewer or cheaper rebalances: static membership, a cooperative assignor, the consumer protocol."""

from collections.abc import Iterator

from steward.analysis.diagnosis.churn import EAGER
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.model.group import GroupType
from steward.model.unknown import Unknown
from steward.model.verdict import Action

_MANY_MEMBERS = 3


def static_steps(type: str) -> Action:
    """Advise static membership (KIP-345)."""
    session = (
        "group.consumer.session.timeout.ms of the group (at most "
        "group.consumer.max.session.timeout.ms, 60 s by default)"
        if type == GroupType.CONSUMER.value
        else "session.timeout.ms"
    )
    return Action(
        summary="static membership: give each instance its own stable group.instance.id "
        "(the pod's ordinal, the host's "
        f"name) and a {session} longer than a restart takes; then restart the instances one at a "
        "time: a restart then causes "
        "no rebalance",
        caution="an instance that never returns keeps its partitions until the session times "
        "out; if two instances use one id, Kafka fences one "
        "of the two (FENCED_INSTANCE_ID, UNRELEASED_INSTANCE_ID)",
    )


def cooperative_steps(assignor: str) -> Action:
    """Advise a cooperative assignor (KIP-429): one rolling restart from the default pair, else two."""
    steps = (
        "restart one instance at a time with partition.assignment.strategy=cooperative-sticky, if the clients list "
        "[range, cooperative-sticky] (the Java default); otherwise two rounds: first add cooperative-sticky to "
        f"{assignor or 'the old one'}, then remove {assignor or 'the old one'}"
    )
    return Action(
        summary=f"use an assignor that does not stop all members: {steps}",
        caution="with only one round from an eager assignor the restart fails: the members "
        "have no assignor in common",
    )


def protocol_steps() -> Action:
    """Advise the consumer protocol (KIP-848): one rolling restart in either direction."""
    return Action(
        summary="use the consumer protocol (brokers from 4.0): restart one instance at a time with "
        "group.protocol=consumer, and "
        "without partition.assignment.strategy, session.timeout.ms and heartbeat.interval.ms; "
        "the group keeps working meanwhile, and "
        "the way back is the same (group.consumer.migration.policy=bidirectional)",
        caution="needs clients that support it: Java from 4.0, librdkafka from 2.12; set session and "
        "heartbeat on the "
        "group or the broker instead",
    )


def advice_for(case: DiagnosisInput) -> Iterator[Action]:
    """Yield advice for fewer or cheaper rebalances of this group, independent of its lag."""
    detail = case.group.detail if case.group else None
    if detail is None or isinstance(detail, Unknown) or len(case.members) < _MANY_MEMBERS:
        return
    classic = case.lag.type == GroupType.CLASSIC.value
    if classic and detail.assignor in EAGER:
        yield cooperative_steps(detail.assignor)
    if classic and detail.assignor:
        yield protocol_steps()
    if case.lag.type in ("classic", "consumer") and not any(m.instance_id for m in case.members):
        yield static_steps(case.lag.type)
