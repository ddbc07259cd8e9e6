"""Rules on new and changed topics: min ISR, retention, number of partitions, automatic creation."""

from steward.change.guard.subject import (
    GuardInput,
    Reasons,
    approve,
    default_of,
    effective,
    refuse,
    topic_of,
)
from steward.change.planning.cluster_state import Unseen
from steward.change.planning.configs import harms
from steward.model.change import (
    AlterConfigs,
    ConfigTarget,
    CreatePartitions,
    CreateTopic,
    ReassignPartition,
)
from steward.model.command import SEE_RIGHTS
from steward.model.partition_limits import ALWAYS_REFUSED_PARTITIONS
from steward.model.plan import Step
from steward.model.policy import Criticality, criticality_of

MIN_ISR = "min.insync.replicas"

_CREATES = "auto.create.topics.enable"
_RETENTION = ("retention.ms", "retention.bytes")


def durability(subject: GuardInput) -> Reasons:
    """Check the state that the plan leaves on a production cluster."""
    if not subject.policy.is_production:
        return
    moved = {topic_of(s): i for i, s in subject.steps if isinstance(s.change, ReassignPartition)}
    for index, step in subject.steps:
        yield from _min_isr(subject, index, step)
        if moved.get(topic_of(step)) == index:
            yield from _factor(subject, index, step)
        yield from _retention(index, step)
        yield from _partitions(subject, index, step)
        yield from _automatic_creation(subject, index, step)


def _min_isr(subject: GuardInput, index: int, step: Step) -> Reasons:
    topic = topic_of(step)
    if topic is None or not _sets_min_isr(step) or topic not in subject.after.topics:
        return
    policy = subject.policy
    level = criticality_of(topic, subject.declared, policy.environment)
    value = _min_isr_after(subject, step, topic)
    if value is None:
        if level is Criticality.CRITICAL:
            yield refuse(
                "min_isr_unknown",
                step.object,
                f"the topic would use the brokers' default of {MIN_ISR}, which is unknown",
                f"set {MIN_ISR} on the topic",
                index,
            )
        return
    factor = subject.after.topics[topic].replication_factor
    if value < 2 and level is Criticality.CRITICAL:
        yield refuse(
            "min_isr_below_two",
            step.object,
            f"{MIN_ISR} would be {value}: records are acknowledged with one copy",
            f"set {MIN_ISR}=2, or add a waiver",
            index,
        )
    elif value >= factor:
        yield refuse(
            "min_isr_equals_replication_factor",
            step.object,
            f"{MIN_ISR} would be {value} of {factor} replicas: one failed broker stops every acks=all producer",
            f"set {MIN_ISR}={max(factor - 1, 1)}, or add a waiver",
            index,
        )


def _factor(subject: GuardInput, index: int, step: Step) -> Reasons:
    """Check a topic that gets fewer replicas, once: at the last of its moved partitions."""
    topic = topic_of(step) or ""
    before, after = subject.before.topics.get(topic), subject.after.topics.get(topic)
    if before is None or after is None or after.replication_factor >= before.replication_factor:
        return
    factor, value = after.replication_factor, effective(subject.after, topic, MIN_ISR)
    if value is None or (value.isdigit() and int(value) >= factor):
        yield refuse(
            "min_isr_equals_replication_factor" if value is not None else "min_isr_unknown",
            step.object,
            f"{topic} would have {factor} replicas, and {MIN_ISR} is {value or 'unknown'}: one failed broker stops "
            "every acks=all producer",
            f"choose a replication factor above {value}, or lower {MIN_ISR} first"
            if value is not None
            else SEE_RIGHTS,
            index,
        )


def _sets_min_isr(step: Step) -> bool:
    match step.change:
        case CreateTopic():
            return True
        case AlterConfigs(target=ConfigTarget.TOPIC):
            return MIN_ISR in step.change.set or MIN_ISR in step.change.remove
        case _:
            return False


def _min_isr_after(subject: GuardInput, step: Step, topic: str) -> int | None:
    if isinstance(step.change, CreateTopic):
        found = step.change.configs.get(MIN_ISR) or default_of(subject.after, MIN_ISR)
    else:
        found = effective(subject.after, topic, MIN_ISR)
    return int(found) if found is not None and found.isdigit() else None


def _retention(index: int, step: Step) -> Reasons:
    match step.change:
        case CreateTopic(configs=configs):
            compacted = "delete" not in configs.get("cleanup.policy", "delete")
            missing = not compacted and not any(key in configs for key in _RETENTION)
        case AlterConfigs(target=ConfigTarget.TOPIC):
            removed = any(key in step.change.remove for key in _RETENTION)
            after = step.after
            missing = removed and not any(after.get(key) for key in _RETENTION)
        case _:
            return
    if missing:
        yield refuse(
            "retention_not_explicit",
            step.object,
            "the topic would have no retention of its own: changing the brokers' default would delete its data",
            "set retention.ms (or retention.bytes) on the topic",
            index,
        )


def _partitions(subject: GuardInput, index: int, step: Step) -> Reasons:
    match step.change:
        case CreateTopic(partitions=count) | CreatePartitions(partitions=count):
            pass
        case _:
            return
    yield from _many(subject, index, step, count)


def _many(subject: GuardInput, index: int, step: Step, count: int) -> Reasons:
    """Limit a topic's partitions, because many slow failover down: above one limit confirm, above another refuse."""
    policy = subject.policy
    if count > policy.refuse_above_partitions:
        yield refuse(
            "too_many_partitions",
            step.object,
            f"{count:,} partitions; the policy's limit per topic is {policy.refuse_above_partitions:,}",
            "use fewer, or raise most_partitions_per_topic in the profile",
            index,
        )
    elif count > policy.confirm_above_partitions:
        yield approve(
            "many_partitions",
            step.object,
            f"{count:,} partitions; more than {policy.confirm_above_partitions:,} require confirmation",
            "use fewer, or measure that this many are needed",
            index,
        )


def oversized_topic(subject: GuardInput) -> Reasons:
    """Refuse topics that are too large for any cluster."""
    for index, step in subject.steps:
        if isinstance(step.change, (CreateTopic, CreatePartitions)) and (
            step.change.partitions >= ALWAYS_REFUSED_PARTITIONS
        ):
            yield refuse(
                "monster_topic",
                step.object,
                f"{step.change.partitions:,} partitions in a topic; "
                f"{ALWAYS_REFUSED_PARTITIONS:,} or more are always blocked",
                "use several topics, or fewer partitions",
                index,
            )


def _automatic_creation(subject: GuardInput, index: int, step: Step) -> Reasons:
    """Check the resulting value of auto.create.topics.enable, set or default."""
    change = step.change
    if not isinstance(change, AlterConfigs) or change.target is not ConfigTarget.BROKER:
        return
    if _CREATES not in change.keys:
        return
    try:
        creates = any(key == _CREATES and hurts for key, hurts in harms(change, subject.before))
    except Unseen:
        creates = change.set.get(_CREATES) != "false"
    if creates:
        yield refuse(
            "automatic_topic_creation",
            step.object,
            "any client's typing mistake would create a topic",
            "declare topics instead",
            index,
        )
