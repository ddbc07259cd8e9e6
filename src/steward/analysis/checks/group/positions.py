"""A group's position in each partition: its committed offset, the log's start and the log's end."""

from dataclasses import dataclass
from typing import NamedTuple

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import require_all
from steward.analysis.lag.unread import lost_records, stored_unread
from steward.model.command import Command, kafka, steward
from steward.model.group import Group, GroupType
from steward.model.membership import unsubscribed_topics
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Unknown, Why

_NOT_REPORTED = Unknown(Why.TRUNCATED, "no broker reported its offsets")
_NO_MEMBERS = frozenset({"Empty", "Dead"})


class CheckedPosition(NamedTuple):
    """One committed offset, with the log's start and end."""

    partition: TopicPartition
    committed: int
    start: int
    end: int

    @property
    def unread(self) -> int:
        """Stored records that are not read (an upper bound on a compacted topic)."""
        return stored_unread(self.committed, self.start, self.end)

    @property
    def lost(self) -> int:
        """Offsets that retention deleted before the group read them."""
        return lost_records(self.committed, min(self.start, self.end))


@dataclass(frozen=True, slots=True)
class UnreadPositions:
    """A group's positions with unread records or behind the log's start.

    ``unseen`` are partitions whose offsets are unknown. Deleted topics and topics that no member subscribes to any more
    are left out.
    """

    lagging: tuple[CheckedPosition, ...]
    behind_start: tuple[CheckedPosition, ...]
    unseen: tuple[tuple[str, Unknown], ...]

    @property
    def unread(self) -> int:
        """Unread records over all partitions."""
        return sum(position.unread for position in self.lagging)

    def require_all_offsets(self) -> None:
        """Stop a check with Unknown, after it has judged the rest, if offsets of some partitions are unknown."""
        require_all(self.unseen)


def unread_positions(facts: Facts, group: Group) -> UnreadPositions:
    """Return a group's positions, computed once for all checks.

    Errors: FactMissing if the group's committed offsets or all offsets of the cluster are unknown.
    """
    known = facts.index(_positions_by_group)
    if group.id not in known:
        known[group.id] = _unread_positions(facts, group)
    return known[group.id]


def _positions_by_group(_: Facts) -> dict[str, UnreadPositions]:
    return {}


def _unread_positions(facts: Facts, group: Group) -> UnreadPositions:
    lagging: list[CheckedPosition] = []
    behind: list[CheckedPosition] = []
    unseen: list[tuple[str, Unknown]] = []
    offsets, topics = facts.offsets, facts.topic_by_name
    commits = facts.committed(group.id)
    left_over = unsubscribed_topics(group, {p.topic for p in commits})
    for partition, committed in commits.items():
        if partition.topic in left_over:
            continue
        found = offsets.get(partition)
        if isinstance(found, PartitionOffsets):
            if committed < found.end:
                lagging.append(CheckedPosition(partition, committed, found.start, found.end))
            if committed < found.start:
                behind.append(CheckedPosition(partition, committed, found.start, found.end))
        elif partition.topic in topics:
            unseen.append((str(partition), found or _NOT_REPORTED))
    return UnreadPositions(tuple(sorted(lagging)), tuple(sorted(behind)), tuple(unseen))


def has_members(group: Group) -> bool:
    """Return whether the group's coordinator reports members."""
    return group.state not in _NO_MEMBERS


def commits_by_itself(group: Group) -> bool:
    """Return whether the group's position is a committed offset (not so for share groups)."""
    return group.type in (GroupType.CLASSIC, GroupType.CONSUMER, GroupType.STREAMS)


def earlier_snapshots(facts: Facts, group: str) -> list[tuple[Facts, Group]]:
    """Return the earlier snapshots that contain the group, oldest first.

    Errors: FactMissing if there is no earlier snapshot.
    """
    facts.require_history()
    seen = ((earlier, earlier.index(_by_id).get(group)) for earlier in facts.earlier)
    return [(earlier, found) for earlier, found in seen if found is not None]


def _by_id(facts: Facts) -> dict[str, Group]:
    return {group.id: group for group in facts.groups}


def deletion(group: Group) -> Command:
    """Return the command that deletes a group; for share groups it is Kafka's own tool."""
    if group.type is GroupType.SHARE:
        return kafka("share-groups", "--delete", group=group.id)
    return steward("group delete", group.id)
