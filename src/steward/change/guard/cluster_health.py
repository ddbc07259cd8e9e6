"""The rule on the cluster's health: nothing disruptive while replicas are out of sync. What all rules need to read."""

from collections.abc import Iterator

from steward.change.guard.placement import fixed_by, moves_of
from steward.change.guard.subject import GuardInput, Reasons, effective, refuse, topic_of
from steward.change.guard.topic_in_use import EVIDENCE_OF_USE
from steward.change.planning.cluster_state import Unseen
from steward.model.change import (
    AlterConfigs,
    ConfigTarget,
    CreateAcl,
    CreateTopic,
    DeleteAcl,
    DeleteRecords,
    DeleteTopic,
    ElectLeader,
    ReassignPartition,
    UpdateFeature,
)
from steward.model.command import SEE_RIGHTS, Hint, steward
from steward.model.plan import Risk, Step
from steward.model.replication import is_under_min_isr
from steward.model.snapshot import Part

_CURES = frozenset({"min.insync.replicas", "unclean.leader.election.enable"})


def health(subject: GuardInput) -> Reasons:
    """Check the plan against the cluster's state."""
    lacking: dict[str, str | None] = {}
    for index, step in subject.steps:
        if isinstance(step.change, DeleteTopic):
            continue
        if subject.policy.is_production and step.risk is not Risk.SAFE and not _cures(step):
            yield from _under_min_isr(subject, index, step, lacking)


def _cures(step: Step) -> bool:
    match step.change:
        case ElectLeader():
            return True
        case AlterConfigs(target=ConfigTarget.TOPIC):
            return bool(_CURES & {*step.change.set, *step.change.remove})
        case _:
            return False


def _under_min_isr(
    subject: GuardInput, index: int, step: Step, known: dict[str, str | None]
) -> Reasons:
    topics = _touched(subject, step)
    if topics is None:
        yield refuse(
            "replicas_unknown",
            step.object,
            f"{step.kind} is {step.risk.value}, and it is unknown whether partitions are below min.insync.replicas",
            SEE_RIGHTS,
            index,
        )
        return
    for topic in topics:
        if topic not in known:
            known[topic] = next(_lacking(subject, topic), None)
    found = next((known[topic] for topic in topics if known[topic] is not None), None)
    if found is not None:
        yield refuse(
            "under_min_isr",
            step.object,
            f"{step.kind} is {step.risk.value}, and partition {found} is below min.insync.replicas",
            Hint("fix that first: ", steward("check")),
            index,
        )


def _touched(subject: GuardInput, step: Step) -> list[str] | None:
    """The topics whose replicas matter: the step's own, or all of them for brokers and features."""
    topic = topic_of(step)
    of_cluster = isinstance(step.change, UpdateFeature) or (
        isinstance(step.change, AlterConfigs) and step.change.target is ConfigTarget.BROKER
    )
    if topic is None and not of_cluster:
        return []
    try:
        known = subject.before.topics
    except Unseen:
        return None
    return list(known) if of_cluster else [t for t in (topic,) if t in known]


def _lacking(subject: GuardInput, topic: str) -> Iterator[str]:
    """Yield partitions below min ISR, except those that this plan moves away from out-of-sync replicas."""
    value = effective(subject.before, topic, "min.insync.replicas")
    least = int(value) if value and value.isdigit() else 1
    moves = moves_of(subject.plan)
    for partition in subject.before.topics[topic].partitions:
        is_low = partition.leader < 0 or is_under_min_isr(partition, least)
        if is_low and not fixed_by(moves, partition):
            yield str(partition.key)


def parts_for(steps: tuple[Step, ...]) -> frozenset[Part]:
    """Return the parts that guard rules read, besides those that the plan relies on."""
    parts = {Part.IDENTITY}
    for step in steps:
        change = step.change
        if step.risk is Risk.DESTRUCTIVE and topic_of(step) is not None:
            parts.add(Part.LOG_DIRS)
        if isinstance(change, ReassignPartition):
            parts.add(Part.LOG_DIRS)
        if isinstance(change, CreateTopic):
            parts |= {Part.BROKERS, Part.BROKER_CONFIGS}
        if isinstance(change, DeleteTopic):
            parts |= {Part.TOPICS, Part.OFFSETS, *EVIDENCE_OF_USE}
        if isinstance(change, (CreateAcl, DeleteAcl)):
            parts |= {Part.BROKERS, Part.BROKER_CONFIGS}
        if step.risk is Risk.DESTRUCTIVE and (
            isinstance(change, DeleteRecords) or step.object.kind == "broker"
        ):
            parts.add(Part.LOG_DIRS)
        if isinstance(change, DeleteTopic):
            continue
        if topic_of(step) is not None or step.object.kind in ("broker", "feature"):
            parts |= {Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKERS, Part.BROKER_CONFIGS}
    return frozenset(parts)
