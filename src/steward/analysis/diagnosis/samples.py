"""Samples of one group, and the series that several samples make of a partition."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from steward.analysis.lag.unread import lag_records
from steward.model.group import Group, Member
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Observed, Unknown, value_or

Series = Sequence[tuple[float, int]]
"""Offsets over time: epoch seconds and value, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSample:
    """One sample of a group. ``at`` is epoch seconds.

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
        """The members, empty if they could not be described."""
        if self.group is None or isinstance(self.group.detail, Unknown):
            return ()
        return self.group.detail.members

    @property
    def knows_members(self) -> bool:
        """Whether this sample describes the members."""
        return self.group is None or not isinstance(self.group.detail, Unknown)

    @property
    def member_ids(self) -> frozenset[str]:
        """Ids of the members."""
        return frozenset(m.id for m in self.members)

    @property
    def state(self) -> str:
        """The group's state in Kafka's spelling, empty if the group was not listed."""
        return "" if self.group is None else self.group.state


NO_MEMBER_STATES = ("Empty", "Dead")


def without_members(samples: Sequence[GroupSample]) -> Sequence[GroupSample]:
    """Return the latest consecutive samples in which the group has no members; empty if it has some now."""
    first = len(samples)
    while first and samples[first - 1].state in NO_MEMBER_STATES and not samples[first - 1].members:
        first -= 1
    return samples[first:]


def samples_of_snapshots(
    snapshots: Sequence[ClusterSnapshot], group: str
) -> tuple[GroupSample, ...]:
    """Extract one group's samples from snapshots."""
    return tuple(_sample(s, group) for s in snapshots)


def _sample(snapshot: ClusterSnapshot, group: str) -> GroupSample:
    listed, commits, offsets = snapshot.groups, snapshot.group_offsets, snapshot.offsets
    own = commits.value.get(group) if isinstance(commits, Observed) else commits
    topics = value_or(snapshot.topics, ())
    found = value_or(listed, ())
    gap = own if isinstance(own, Unknown) else listed if isinstance(listed, Unknown) else None
    return GroupSample(
        at=(commits.at_ms if isinstance(commits, Observed) else 0) / 1000,
        group=next((g for g in found if g.id == group), None),
        committed={} if own is None or isinstance(own, Unknown) else own.committed,
        offsets=value_or(offsets, {}),
        topic_ids={t.name: t.id for t in topics},
        leaders={p.key: (p.leader, p.leader_epoch) for t in topics for p in t.partitions},
        gap=gap,
    )


def commits_of(samples: Sequence[GroupSample], partition: TopicPartition) -> Series:
    """Return a partition's commits over time."""
    return [(k.at, k.committed[partition]) for k in samples if partition in k.committed]


def offsets_of(samples: Sequence[GroupSample], partition: TopicPartition, which: str) -> Series:
    """Return a partition's ``start``, ``end`` or ``last_stable`` offset over time, where it was read."""
    return [
        (k.at, value)
        for k in samples
        if isinstance(known := k.offsets.get(partition), PartitionOffsets)
        and (value := getattr(known, which)) >= 0
    ]


def unread_of(samples: Sequence[GroupSample], partition: TopicPartition) -> list[int]:
    """Return the unread records of a partition at each sample that has its commit and end."""
    return [
        lag_records(k.committed[partition], known.end)
        for k in samples
        if partition in k.committed
        and isinstance(known := k.offsets.get(partition), PartitionOffsets)
    ]


def unread_together(sample: GroupSample, partitions: Sequence[TopicPartition]) -> int:
    """Return one sample's unread records over several partitions, where it has commit and end."""
    return sum(sum(unread_of((sample,), p)) for p in partitions)


def rate(series: Series) -> float:
    """Return the mean increase per second from first to last point, 0 for a single point."""
    if len(series) < 2 or series[-1][0] <= series[0][0]:
        return 0.0
    return max(0.0, (series[-1][1] - series[0][1]) / (series[-1][0] - series[0][0]))


def moves(series: Series) -> list[tuple[float, int]]:
    """Return the points at which a series changed."""
    return [b for a, b in itertools.pairwise(series) if b[1] != a[1]]


def commit_rate(series: Series) -> float:
    """Return the rate of a commit in records per second.

    Commits come in steps. From step to step the rate is exact; if the first or last sample falls between steps, it is
    off by up to one step at each end. A commit that has not moved for twice its interval has no interval.
    """
    steps = moves(series)
    if len(steps) < 2:
        return rate(series)
    longest = max(b[0] - a[0] for a, b in itertools.pairwise(steps))
    if series[-1][0] - steps[-1][0] > 2 * longest:
        return rate(series)
    return rate(steps)


def commits_together(
    samples: Sequence[GroupSample], partitions: Sequence[TopicPartition]
) -> Series:
    """Return the total committed over several partitions since each was first observed, over time.

    A consumer that reads its partitions in turn commits on one while the others do not move. The sum of their single
    rates would exceed what the consumer processes, so commits are added before a rate is computed.
    """
    first: dict[TopicPartition, int] = {}
    series: list[tuple[float, int]] = []
    for sample in samples:
        known = [(p, sample.committed[p]) for p in partitions if p in sample.committed]
        for partition, committed in known:
            first.setdefault(partition, committed)
        if known and len(known) == len(first):
            series.append((sample.at, sum(committed - first[p] for p, committed in known)))
    return series


def fallen_back(series: Series) -> int:
    """Return by how much a commit moved backwards and stayed, 0 if it came back."""
    highest = max((value for _, value in series), default=0)
    dropped = any(b[1] < a[1] for a, b in itertools.pairwise(series))
    return max(0, highest - series[-1][1]) if dropped else 0
