"""The case of one group: several looks at it, turned into rates, owners and the rhythm of its commits."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from steward.model.broker import Broker, BrokerMetrics
from steward.model.config import Configs
from steward.model.group import Group, Member
from steward.model.lag import Flag, GroupLag, LagSeconds, LagStatus, PartitionLag
from steward.model.names import TopicPartition
from steward.model.quota import QuotaEntry
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Partition, PartitionOffsets
from steward.model.transaction import ProducerState, Transaction
from steward.model.unknown import Observed, Unknown
from steward.model.verdict import Certainty

LIKELY_AFTER_SECONDS = 300.0
"""Rates and churn seen for less are at most possible."""
MAX_POLL_INTERVAL_SECONDS = 300.0
"""Kafka's default: how long a member may be silent between polls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look saw of the group. ``at`` is epoch seconds."""

    at: float
    group: Group | None
    committed: Mapping[TopicPartition, int]
    offsets: Mapping[TopicPartition, PartitionOffsets | Unknown]

    @property
    def member_ids(self) -> frozenset[str]:
        """The members, by id."""
        if self.group is None or isinstance(self.group.detail, Unknown):
            return frozenset()
        return frozenset(m.id for m in self.group.detail.members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One partition of the case. Rates in records a second over all looks."""

    partition: TopicPartition
    lag: PartitionLag
    state: Partition | None
    owner: Member | None
    arrivals: float
    consumed: float
    flat_seconds: float
    """since the commit was last seen to move; the length of the looks if never"""
    commit_gaps: tuple[float, ...]
    went_back: int
    """records by which the commit moved backwards"""
    start_rate: float
    stable_moved: bool
    end_moved: bool

    @property
    def behind(self) -> int:
        """Unread records, 0 where unknown."""
        return self.lag.lag_records if isinstance(self.lag.lag_records, int) else 0

    @property
    def seconds(self) -> float:
        """Estimated lag in seconds, 0 where unknown."""
        return self.lag.lag_seconds.value if isinstance(self.lag.lag_seconds, LagSeconds) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientReport:
    """What a consumer says of itself. Ratios 0 to 1; None where it does not say."""

    source: str
    client_id: str
    poll_idle_ratio: float | None = None
    last_poll_seconds_ago: float | None = None
    throttle_seconds: float | None = None
    cpu_ratio: float | None = None
    paused_partitions: frozenset[TopicPartition] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Case:
    """Everything that the causes are judged on."""

    lag: GroupLag
    looks: tuple[Look, ...]
    objective_seconds: float
    partitions: Mapping[TopicPartition, Partition] = field(
        default_factory=dict[TopicPartition, Partition]
    )
    brokers: tuple[Broker, ...] | Unknown
    reassigning: frozenset[TopicPartition] = frozenset()
    transactions: tuple[Transaction, ...] | Unknown
    producers: Mapping[TopicPartition, tuple[ProducerState, ...] | Unknown]
    metrics: Sequence[Mapping[int, BrokerMetrics | Unknown]]
    quotas: tuple[QuotaEntry, ...] | Unknown
    topic_configs: Mapping[str, Configs | Unknown]
    hanging_age_seconds: float = 1200.0
    clients: tuple[ClientReport, ...] = ()
    now_ms: int

    @property
    def seconds(self) -> float:
        """How long the group was looked at."""
        return self.looks[-1].at - self.looks[0].at

    @property
    def rate_certainty(self) -> Certainty:
        """What rests on rates or on a flat commit is at most possible until it was seen for five minutes."""
        return Certainty.LIKELY if self.seconds >= LIKELY_AFTER_SECONDS else Certainty.POSSIBLE

    @property
    def until_likely(self) -> tuple[str, ...]:
        """What would make a rate likely."""
        left = LIKELY_AFTER_SECONDS - self.seconds
        return () if left <= 0 else (f"{left:.0f} s more of looking: --wait {left:.0f}s",)

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The members now."""
        group = self.looks[-1].group
        return () if group is None or isinstance(group.detail, Unknown) else group.detail.members

    @cached_property
    def owner(self) -> Mapping[TopicPartition, Member]:
        """Who reads what, now."""
        return {p: m for m in self.members for p in m.assignment}

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every partition of the group that still exists."""
        return tuple(self._row(p) for p in self.lag.partitions if Flag.TOPIC_GONE not in p.flags)

    @cached_property
    def behind(self) -> tuple[Row, ...]:
        """Partitions with unread records."""
        return tuple(r for r in self.rows if r.behind > 0)

    @cached_property
    def arrivals(self) -> float:
        """Records a second that come in, over all partitions."""
        return sum(r.arrivals for r in self.rows)

    @cached_property
    def consumed(self) -> float:
        """Records a second that are committed, over all partitions."""
        return sum(r.consumed for r in self.rows)

    @cached_property
    def lag_change(self) -> float:
        """Records by which the group's lag grew over the looks."""
        return (self.arrivals - self.consumed) * self.seconds

    @property
    def in_trouble(self) -> bool:
        """Whether there is a lag to explain: over the objective, or commits that stand while records wait."""
        if self.lag.status in (LagStatus.OVER_OBJECTIVE, LagStatus.DATA_LOSS):
            return True
        return self.is_growing

    @property
    def is_growing(self) -> bool:
        """Whether lag grew by more than commits come and go: by a fifth of what arrived, and past ten seconds."""
        arrived = self.arrivals * self.seconds
        grew = arrived > 0 and self.lag_change > max(10.0, 0.2 * arrived)
        seconds = self.lag.lag_seconds
        return grew and isinstance(seconds, LagSeconds) and seconds.value > 10

    @property
    def longest_commit_gap(self) -> float | None:
        """The longest time between two commits that was seen, None where no two were."""
        gaps = [g for r in self.rows for g in r.commit_gaps]
        return max(gaps) if gaps else None

    @property
    def patience_seconds(self) -> float:
        """How long a commit must stand before it counts as flat: twice its own rhythm, else the poll interval."""
        interval = self.seconds / max(1, len(self.looks) - 1)
        gap = self.longest_commit_gap
        return max(3 * interval, MAX_POLL_INTERVAL_SECONDS if gap is None else 2 * gap)

    def metric_change(self, broker: int, name: str, **labels: str) -> float | None:
        """Return a counter's rate a second between first and last look, None where it was not seen twice."""
        if len(self.metrics) < 2 or self.seconds <= 0:
            return None
        first, last = (
            metric(m.get(broker), name, labels) for m in (self.metrics[0], self.metrics[-1])
        )
        return None if first is None or last is None else (last - first) / self.seconds

    def gauge(self, broker: int, name: str, **labels: str) -> float | None:
        """Return a metric's latest value, None where it was not seen."""
        return metric(self.metrics[-1].get(broker), name, labels) if self.metrics else None

    def _row(self, lag: PartitionLag) -> Row:
        key = TopicPartition(lag.topic, lag.partition)
        commits = [(k.at, k.committed[key]) for k in self.looks if key in k.committed]
        ends = _series(self.looks, key, "end")
        stables = _series(self.looks, key, "stable")
        moves = [b[0] for a, b in itertools.pairwise(commits) if b[1] != a[1]]
        back = sum(max(0, a[1] - b[1]) for a, b in itertools.pairwise(commits))
        return Row(
            partition=key,
            lag=lag,
            state=self.partitions.get(key),
            owner=self.owner.get(key),
            arrivals=max(0.0, _rate(ends)),
            consumed=max(0.0, _rate(commits)),
            flat_seconds=self.looks[-1].at - (moves[-1] if moves else self.looks[0].at),
            commit_gaps=tuple(b - a for a, b in itertools.pairwise(moves)),
            went_back=back,
            start_rate=max(0.0, _rate(_series(self.looks, key, "start"))),
            stable_moved=_moved(stables),
            end_moved=_moved(ends),
        )


def metric(
    found: BrokerMetrics | Unknown | None, name: str, labels: Mapping[str, str]
) -> float | None:
    """Return the sum of a metric's samples that carry the labels."""
    if found is None or isinstance(found, Unknown):
        return None
    samples = [
        s.value
        for s in found.samples.get(name, ())
        if all(s.label(k) == v for k, v in labels.items())
    ]
    return sum(samples) if samples else None


def looks_of(snapshots: Sequence[ClusterSnapshot], group: str) -> tuple[Look, ...]:
    """Take from snapshots what they saw of one group."""
    return tuple(_look(s, group) for s in snapshots)


def _look(snapshot: ClusterSnapshot, group: str) -> Look:
    listed = snapshot.groups.value if isinstance(snapshot.groups, Observed) else ()
    commits = snapshot.group_offsets
    own = commits.value.get(group) if isinstance(commits, Observed) else None
    offsets = snapshot.offsets
    return Look(
        at=(commits.at_ms if isinstance(commits, Observed) else 0) / 1000,
        group=next((g for g in listed if g.id == group), None),
        committed={} if own is None or isinstance(own, Unknown) else own.committed,
        offsets=offsets.value if isinstance(offsets, Observed) else {},
    )


def _series(looks: Sequence[Look], key: TopicPartition, which: str) -> list[tuple[float, int]]:
    found: list[tuple[float, int]] = []
    for look in looks:
        offsets = look.offsets.get(key)
        if isinstance(offsets, PartitionOffsets):
            value = {"start": offsets.start, "end": offsets.end, "stable": offsets.last_stable}
            found.append((look.at, value[which]))
    return found


def _rate(series: list[tuple[float, int]]) -> float:
    if len(series) < 2 or series[-1][0] <= series[0][0]:
        return 0.0
    return (series[-1][1] - series[0][1]) / (series[-1][0] - series[0][0])


def _moved(series: list[tuple[float, int]]) -> bool:
    return len({value for _, value in series}) > 1
