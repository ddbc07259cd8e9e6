"""What single looks saw of one group, and the series that several looks make of a partition."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from steward.model.group import Group, Member
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Observed, Unknown

Series = Sequence[tuple[float, int]]
"""Offsets over time: epoch seconds and value, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSample:
    """What one look saw of the group. ``at`` is epoch seconds.

    ``gap`` says why the commits, or the group, could not be read. ``leaders`` holds leader and leader epoch.
    """

    at: float
    group: Group | None
    committed: Mapping[TopicPartition, int]
    offsets: Mapping[TopicPartition, PartitionOffsets | Unknown]
    topic_ids: Mapping[str, str] = field(default_factory=dict[str, str])
    leaders: Mapping[TopicPartition, tuple[int, int]] = field(
        default_factory=dict[TopicPartition, tuple[int, int]]
    )
    gap: Unknown | None = None

    @property
    def members(self) -> tuple[Member, ...]:
        """The members, none where they could not be described."""
        if self.group is None or isinstance(self.group.detail, Unknown):
            return ()
        return self.group.detail.members

    @property
    def knows_members(self) -> bool:
        """Whether this look could see who the members are: one that did not ask says nothing of them."""
        return self.group is None or not isinstance(self.group.detail, Unknown)

    @property
    def member_ids(self) -> frozenset[str]:
        """The members, by id."""
        return frozenset(m.id for m in self.members)

    @property
    def state(self) -> str:
        """The group's state in Kafka's spelling, empty where it was not listed."""
        return "" if self.group is None else self.group.state


NO_MEMBER_STATES = ("Empty", "Dead")


def without_members(looks: Sequence[GroupSample]) -> Sequence[GroupSample]:
    """Return the latest samples in a row in which the group had no members; none if it has some now."""
    first = len(looks)
    while first and looks[first - 1].state in NO_MEMBER_STATES and not looks[first - 1].members:
        first -= 1
    return looks[first:]


def looks_of(snapshots: Sequence[ClusterSnapshot], group: str) -> tuple[GroupSample, ...]:
    """Take from snapshots what they saw of one group."""
    return tuple(_look(s, group) for s in snapshots)


def _look(snapshot: ClusterSnapshot, group: str) -> GroupSample:
    listed, commits, offsets = snapshot.groups, snapshot.group_offsets, snapshot.offsets
    own = commits.value.get(group) if isinstance(commits, Observed) else commits
    topics = snapshot.topics.value if isinstance(snapshot.topics, Observed) else ()
    found = listed.value if isinstance(listed, Observed) else ()
    gap = own if isinstance(own, Unknown) else listed if isinstance(listed, Unknown) else None
    return GroupSample(
        at=(commits.at_ms if isinstance(commits, Observed) else 0) / 1000,
        group=next((g for g in found if g.id == group), None),
        committed={} if own is None or isinstance(own, Unknown) else own.committed,
        offsets=offsets.value if isinstance(offsets, Observed) else {},
        topic_ids={t.name: t.id for t in topics},
        leaders={p.key: (p.leader, p.leader_epoch) for t in topics for p in t.partitions},
        gap=gap,
    )


def commits_of(looks: Sequence[GroupSample], partition: TopicPartition) -> Series:
    """Return a partition's commits over time."""
    return [(k.at, k.committed[partition]) for k in looks if partition in k.committed]


def offsets_of(looks: Sequence[GroupSample], partition: TopicPartition, which: str) -> Series:
    """Return a partition's ``start``, ``end`` or ``last_stable`` offset over time, where looks read it."""
    return [
        (k.at, value)
        for k in looks
        if isinstance(known := k.offsets.get(partition), PartitionOffsets)
        and (value := getattr(known, which)) >= 0
    ]


def unread_of(looks: Sequence[GroupSample], partition: TopicPartition) -> list[int]:
    """Return what was unread at each look that knows commit and end."""
    return [
        max(0, known.end - k.committed[partition])
        for k in looks
        if partition in k.committed
        and isinstance(known := k.offsets.get(partition), PartitionOffsets)
    ]


def unread_together(look: GroupSample, partitions: Sequence[TopicPartition]) -> int:
    """Return what one look found unread in several partitions, where it knows commit and end."""
    return sum(sum(unread_of((look,), p)) for p in partitions)


def rate(series: Series) -> float:
    """Return the rise a second from first to last, 0 for a single point."""
    if len(series) < 2 or series[-1][0] <= series[0][0]:
        return 0.0
    return max(0.0, (series[-1][1] - series[0][1]) / (series[-1][0] - series[0][0]))


def moves(series: Series) -> list[tuple[float, int]]:
    """Return the points at which a series was seen to have changed."""
    return [b for a, b in itertools.pairwise(series) if b[1] != a[1]]


def commit_rate(series: Series) -> float:
    """Return records a second that a commit advances.

    Shape: commits come in steps; from step to step the rate is exact, where first and last look fall between steps
           it is off by up to one step at each end. A commit that then stood for twice its rhythm has no rhythm.
    """
    steps = moves(series)
    if len(steps) < 2:
        return rate(series)
    longest = max(b[0] - a[0] for a, b in itertools.pairwise(steps))
    if series[-1][0] - steps[-1][0] > 2 * longest:
        return rate(series)
    return rate(steps)


def commits_together(looks: Sequence[GroupSample], partitions: Sequence[TopicPartition]) -> Series:
    """Return what was committed over several partitions since each was first seen, over time.

    Shape: a reader that reads its partitions in turn commits on one while the other stands: their rates by themselves
           would add up to more than the reader ever managed, so their commits are added before a rate is taken.
    """
    first: dict[TopicPartition, int] = {}
    series: list[tuple[float, int]] = []
    for look in looks:
        known = [(p, look.committed[p]) for p in partitions if p in look.committed]
        for partition, committed in known:
            first.setdefault(partition, committed)
        if known and len(known) == len(first):
            series.append((look.at, sum(committed - first[p] for p, committed in known)))
    return series


def fallen_back(series: Series) -> int:
    """Return by how much a commit moved backwards and stayed there, 0 where it came up again."""
    highest = max((value for _, value in series), default=0)
    dropped = any(b[1] < a[1] for a, b in itertools.pairwise(series))
    return max(0, highest - series[-1][1]) if dropped else 0
