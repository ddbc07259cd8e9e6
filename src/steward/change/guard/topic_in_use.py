"""The rule on deletions: a topic that is in use is not deleted; in production no use must be proved."""

from collections.abc import Iterator

from steward.change.guard.rules import BACKUP_OUTDATED
from steward.change.guard.subject import GuardInput, Reasons, approve, refuse
from steward.change.planning.cluster_state import Unseen
from steward.change.planning.readers import readers_of, was_always_empty
from steward.model.change import DeleteTopic
from steward.model.command import SEE_RIGHTS, Hint, steward
from steward.model.finding import ObjectRef
from steward.model.plan import Step
from steward.model.snapshot import Part

INACTIVE_STATES = ("Empty", "Dead")


def topic_in_use(subject: GuardInput) -> Reasons:
    """Judge each deletion of a topic by who uses it."""
    for index, step in subject.steps:
        if isinstance(step.change, DeleteTopic):
            yield from _in_use(subject, index, step, step.change)


def _in_use(subject: GuardInput, index: int, step: Step, change: DeleteTopic) -> Reasons:
    remedy = "stop its users first"
    for who in _users(subject, change.name):
        yield refuse("topic_in_use", step.object, who, remedy, index)
    if not subject.policy.is_production:
        return
    unseen = [p.value.replace("_", " ") for p in EVIDENCE_OF_USE if not subject.before.knows(p)]
    if unseen:
        yield refuse(
            "topic_use_unknown",
            step.object,
            f"it is unknown whether the topic is in use: {', '.join(unseen)}",
            SEE_RIGHTS,
            index,
        )
    target = ObjectRef("topic", change.name)
    disuse = subject.evidence.disuse.get(change.topic_id, "") or _never_used(subject, change)
    if disuse:
        yield approve("topic_deletion", target, f"no use found: {disuse}", step=index)
        return
    backup = subject.evidence.backups.get(change.topic_id, "")
    if backup:
        yield approve("topic_deletion", target, f"a verified backup holds it: {backup}", step=index)
        return
    if change.backup is not None:
        yield refuse(
            BACKUP_OUTDATED,
            target,
            "the topic or its backup changed since the plan was created: the backup no longer holds every record",
            Hint("back it up, then create the plan again: ", steward("backup create", change.name)),
            index,
        )
        return
    yield refuse(
        "topic_deletion",
        target,
        "a production topic may be deleted only with a verified backup or after no use was found",
        Hint(
            "back it up and delete it with --backup, or quarantine it for a day first: ",
            steward("backup create", change.name),
        ),
        index,
    )


def _never_used(subject: GuardInput, change: DeleteTopic) -> str:
    """Return why a topic that an undone plan created was provably never used; empty if that is uncertain.

    The current state decides: one record ever written, or one group that uses it, and the topic stays.
    """
    was_created = change.topic_id and change.topic_id in subject.evidence.created_topics
    if not was_created or not subject.before.knows(Part.TOPICS):
        return ""
    topic = subject.before.topics.get(change.name)
    if topic is None or not was_always_empty(topic, subject.snapshot):
        return ""
    readers = readers_of(change.name, subject.snapshot)
    if readers.found or readers.unseen:
        return ""
    return "the undone plan created it, no record was ever written, and no group uses it"


EVIDENCE_OF_USE = (Part.GROUPS, Part.GROUP_OFFSETS, Part.PRODUCERS)


def _users(subject: GuardInput, topic: str) -> Iterator[str]:
    cluster = subject.before
    if cluster.knows(Part.GROUPS) and cluster.knows(Part.GROUP_OFFSETS):
        for group in cluster.groups.values():
            if group.state in INACTIVE_STATES:
                continue
            try:
                reads = any(p.topic == topic for p in cluster.committed(group.id))
            except Unseen:
                continue
            if reads:
                yield f"group {group.id} is {group.state} and has offsets on it"
    if cluster.knows(Part.PRODUCERS) and topic in cluster.topics:
        for partition in cluster.topics[topic].partitions:
            try:
                producers = cluster.producers(partition.key)
            except Unseen:
                continue
            if any(p.current_txn_start_offset >= 0 for p in producers):
                yield f"partition {partition.key} has an open transaction"
