"""Groups that use a topic, as far as a snapshot shows, and whether a topic ever had a record."""

from dataclasses import dataclass

from steward.model.group import GroupDetail, Member
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import NotApplicable, Observed, Unknown


@dataclass(frozen=True, slots=True)
class Readers:
    """Groups with offsets or members on a topic, each as a sentence; and what is unknown of groups."""

    found: tuple[str, ...]
    unseen: tuple[str, ...]


def readers_of(topic: str, snapshot: ClusterSnapshot) -> Readers:
    """Return the groups of all types that use a topic; one with committed offsets on it is not described further."""
    groups, offsets = snapshot.groups, snapshot.group_offsets
    if not isinstance(groups, Observed) or not isinstance(offsets, Observed):
        why = offsets if isinstance(groups, Observed) else groups
        return Readers((), (str(why),))
    found: list[str] = []
    unseen = [str(gap) for gap in (*groups.gaps, *offsets.gaps)]
    for group in groups.value:
        committed = offsets.value.get(group.id)
        if isinstance(committed, Unknown):
            unseen.append(f"offsets of {group.id}: {committed}")
        elif committed is not None and any(p.topic == topic for p in committed.committed):
            found.append(f"{group.id} ({group.state}) has offsets on it")
            continue
        if not isinstance(group.detail, GroupDetail):
            unseen.append(f"members of {group.id}: {group.detail}")
        elif any(_reads(member, topic) for member in group.detail.members):
            found.append(f"{group.id} ({group.state}) reads it")
    return Readers(tuple(found), tuple(unseen))


def _reads(member: Member, topic: str) -> bool:
    target = () if isinstance(member.target, NotApplicable) else member.target
    assigned = any(p.topic == topic for p in (*member.assignment, *target))
    return assigned or topic in member.subscribed_topics


def was_always_empty(topic: Topic, snapshot: ClusterSnapshot) -> bool:
    """Return whether every partition's log is known to start and end at offset 0: its end never decreases."""
    if not isinstance(snapshot.offsets, Observed):
        return False
    found = [snapshot.offsets.value.get(p.key) for p in topic.partitions]
    return all(isinstance(o, PartitionOffsets) and o.start == o.end == 0 for o in found)
