"""Where a group stands in each partition: its committed offset against the log's start and end."""

from dataclasses import dataclass
from typing import NamedTuple

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import require_all
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
        """Records that are stored and not read (an upper bound on a compacted topic)."""
        return max(0, self.end - max(self.committed, self.start))

    @property
    def lost(self) -> int:
        """Offsets that retention removed before the group read them."""
        return max(0, min(self.start, self.end) - self.committed)


@dataclass(frozen=True, slots=True)
class UnreadPositions:
    """A group's positions that matter: those with unread records and those behind the log's start.

    ``unseen`` are partitions whose offsets are unknown; those of deleted topics are left out, and so are topics that no
    member subscribes to any more.
    """

    lagging: tuple[CheckedPosition, ...]
    behind_start: tuple[CheckedPosition, ...]
    unseen: tuple[tuple[str, Unknown], ...]

    @property
    def unread(self) -> int:
        """Unread records over all partitions."""
        return sum(position.unread for position in self.lagging)

    def require_whole(self) -> None:
        """Stop a check that has judged the partitions that were seen, if some were not."""
        require_all(self.unseen)


def standing(facts: Facts, group: Group) -> UnreadPositions:
    """Return where a group stands, found once for all checks.

    Errors: FactMissing where the group's commits or all offsets are unknown.
    """
    known = facts.index(_standings)
    if group.id not in known:
        known[group.id] = _standing(facts, group)
    return known[group.id]


def _standings(_: Facts) -> dict[str, UnreadPositions]:
    return {}


def _standing(facts: Facts, group: Group) -> UnreadPositions:
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
    """Tell whether the group's coordinator knows members of it."""
    return group.state not in _NO_MEMBERS


def commits_by_itself(group: Group) -> bool:
    """Tell whether the group's position is a committed offset: a share group's is not."""
    return group.type in (GroupType.CLASSIC, GroupType.CONSUMER, GroupType.STREAMS)


def earlier_looks(facts: Facts, group: str) -> list[tuple[Facts, Group]]:
    """Return the earlier looks in which the group was seen, oldest first.

    Errors: FactMissing where there is no earlier look.
    """
    facts.require_history()
    seen = ((look, look.index(_by_id).get(group)) for look in facts.earlier)
    return [(look, found) for look, found in seen if found is not None]


def _by_id(facts: Facts) -> dict[str, Group]:
    return {group.id: group for group in facts.groups}


def deletion(group: Group) -> Command:
    """Return the command that deletes a group; of share groups it is Kafka's own."""
    if group.type is GroupType.SHARE:
        return kafka("share-groups", "--delete", group=group.id)
    return steward("group delete", group.id)
