"""Input of a group's diagnosis: several samples of it, turned into rates, owners and commit intervals."""

import itertools
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from steward.analysis.diagnosis.client_report import ClientReport
from steward.analysis.diagnosis.partition import CommitGaps, PartitionSummary, grouped
from steward.analysis.diagnosis.samples import (
    GroupSample,
    Series,
    commit_rate,
    commits_of,
    commits_together,
    fallen_back,
    moves,
    offsets_of,
    rate,
    unread_of,
    without_members,
)
from steward.model.batch import BatchSample
from steward.model.broker import Broker, BrokerMetrics
from steward.model.command import Hint, steward
from steward.model.config import Configs
from steward.model.group import Group, GroupType, Member
from steward.model.lag import Flag, GroupLag, LagSeconds, LagStatus, PartitionLag
from steward.model.names import TopicPartition
from steward.model.quota import QuotaEntry
from steward.model.record_key import KeySample
from steward.model.topic import Partition
from steward.model.transaction import ProducerState, Transaction
from steward.model.unknown import NOT_REQUESTED, Unknown
from steward.model.verdict import Certainty
from steward.model.wording import duration

SHORTEST_SECONDS = 10.0
"""Samples over less time than this give no rates."""
LIKELY_AFTER_SECONDS = 300.0
"""Rates and rebalances observed for less time are at most possible."""
MAX_POLL_INTERVAL_SECONDS = 300.0
"""Kafka's default of max.poll.interval.ms, in seconds."""
STABLE = "Stable"
_CLIENTS_SETTLE = "the consumers' own metrics: --client-metrics URL, or --client-stats FILE"


@dataclass(frozen=True, kw_only=True)
class DiagnosisInput:
    """All facts that the causes are judged by.

    ``metrics`` and ``latency_seconds`` are of the first and of the last sample; ``latency_seconds`` is each broker's
    response time to steward. A part that was not needed is Unknown(NOT_REQUESTED).
    """

    lag: GroupLag
    group_samples: tuple[GroupSample, ...]
    objective_seconds: float
    now_ms: int
    partitions: Mapping[TopicPartition, Partition] = field(
        default_factory=dict[TopicPartition, Partition]
    )
    brokers: tuple[Broker, ...] | Unknown = NOT_REQUESTED
    reassigning: frozenset[TopicPartition] = frozenset()
    transactions: tuple[Transaction, ...] | Unknown = NOT_REQUESTED
    producers: Mapping[TopicPartition, tuple[ProducerState, ...] | Unknown] = field(
        default_factory=dict[TopicPartition, tuple[ProducerState, ...] | Unknown]
    )
    metrics: Sequence[Mapping[int, BrokerMetrics | Unknown]] = ()
    latency_seconds: Sequence[Mapping[int, float]] = ()
    quotas: tuple[QuotaEntry, ...] | Unknown = NOT_REQUESTED
    topic_configs: Mapping[str, Configs | Unknown] = field(
        default_factory=dict[str, Configs | Unknown]
    )
    samples: Mapping[TopicPartition, BatchSample | Unknown] = field(
        default_factory=dict[TopicPartition, BatchSample | Unknown]
    )
    keys: Mapping[TopicPartition, KeySample | Unknown] = field(
        default_factory=dict[TopicPartition, KeySample | Unknown]
    )
    hanging_age_seconds: float = 1200.0
    clients: tuple[ClientReport, ...] = ()
    unread_clients: tuple[str, ...] = ()
    """endpoints and files of consumers that could not be read, with the reason"""

    # Duration of the observation

    @cached_property
    def seconds(self) -> float:
        """Seconds from the first to the last sample."""
        return self.group_samples[-1].at - self.group_samples[0].at if self.group_samples else 0.0

    @cached_property
    def interval(self) -> float:
        """Mean seconds between samples."""
        return self.seconds / max(1, len(self.group_samples) - 1)

    @property
    def rate_certainty(self) -> Certainty:
        """Certainty of verdicts that rest on rates or on an unmoved commit: at most possible below five minutes."""
        return Certainty.LIKELY if self.seconds >= LIKELY_AFTER_SECONDS else Certainty.POSSIBLE

    @property
    def until_likely(self) -> tuple[str, ...]:
        """What would make a rate likely."""
        if self.seconds >= LIKELY_AFTER_SECONDS:
            return () if self.clients else (_CLIENTS_SETTLE,)
        instead = (
            f"{duration(LIKELY_AFTER_SECONDS)} of samples instead of {duration(self.seconds)}: rates then count as "
            "likely: "
        )
        return (Hint(instead, steward("diagnose", self.lag.group, wait="5m")),)

    @property
    def latest_metrics(self) -> Mapping[int, BrokerMetrics | Unknown]:
        """The brokers' latest metrics, by broker."""
        return self.metrics[-1] if self.metrics else {}

    # Members

    @property
    def group(self) -> Group | None:
        """The group in the latest sample."""
        return self.group_samples[-1].group if self.group_samples else None

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The members in the latest sample."""
        return self.group_samples[-1].members if self.group_samples else ()

    @cached_property
    def owner(self) -> Mapping[TopicPartition, Member]:
        """The current owner of each partition."""
        return {p: m for m in self.members for p in m.assignment}

    @cached_property
    def lasting_members(self) -> frozenset[str]:
        """Ids of members present in every sample that describes the members."""
        ids = [sample.member_ids for sample in self.group_samples if sample.knows_members]
        return ids[0].intersection(*ids) if ids else frozenset[str]()

    @property
    def is_pooled(self) -> bool:
        """Whether members share partitions instead of owning them (KIP-932)."""
        return self.lag.type == GroupType.SHARE.value

    @property
    def is_stable(self) -> bool:
        """Whether the group was stable in every sample."""
        return all(sample.state in (STABLE, "") for sample in self.group_samples)

    # Partitions

    @cached_property
    def rows(self) -> tuple[PartitionSummary, ...]:
        """Every existing partition of the group's that a member subscribes to."""
        return tuple(r for r in self._existing if Flag.NOT_SUBSCRIBED not in r.lag.flags)

    @cached_property
    def left_over(self) -> tuple[PartitionSummary, ...]:
        """Partitions with a commit of the group that no member subscribes to any more."""
        return tuple(r for r in self._existing if Flag.NOT_SUBSCRIBED in r.lag.flags)

    @cached_property
    def _existing(self) -> tuple[PartitionSummary, ...]:
        return tuple(self._row(p) for p in self.lag.partitions if Flag.TOPIC_GONE not in p.flags)

    @cached_property
    def rows_of_topic(self) -> Mapping[str, tuple[PartitionSummary, ...]]:
        """The group's partitions, by topic."""
        return grouped(self.rows, lambda r: r.partition.topic)

    @cached_property
    def rows_of_owner(self) -> Mapping[str, tuple[PartitionSummary, ...]]:
        """The partitions that each member currently reads, by member id."""
        return grouped((r for r in self.rows if r.owner), lambda r: r.owner.id if r.owner else "")

    @cached_property
    def _owners(self) -> tuple[tuple[float, Mapping[TopicPartition, str]], ...]:
        """Time and owners of each sample that describes the members."""
        return tuple(
            (k.at, {p: m.id for m in k.members for p in m.assignment})
            for k in self.group_samples
            if k.members
        )

    @cached_property
    def behind(self) -> tuple[PartitionSummary, ...]:
        """Partitions with records to read."""
        return tuple(r for r in self.rows if r.unread > 0)

    @cached_property
    def late(self) -> tuple[PartitionSummary, ...]:
        """Late partitions: at least a quarter as far behind, by age, as the worst one."""
        worst = max((r.seconds for r in self.behind), default=0.0)
        return tuple(r for r in self.behind if r.seconds >= worst / 4)

    @cached_property
    def late_keys(self) -> frozenset[TopicPartition]:
        """The same, by name."""
        return frozenset(r.partition for r in self.late)

    @cached_property
    def blocked(self) -> tuple[PartitionSummary, ...]:
        """Partitions whose consumer is at a last stable offset that does not move: a transaction blocks it."""
        return tuple(
            r
            for r in self.rows
            if r.stable is not None
            and r.committed == r.stable
            and not r.stable_moved
            and isinstance(r.lag.end_offset, int)
            and r.lag.end_offset > r.stable
        )

    @cached_property
    def blocked_keys(self) -> frozenset[TopicPartition]:
        """The same, by name."""
        return frozenset(r.partition for r in self.blocked)

    @cached_property
    def backlogged(self) -> tuple[PartitionSummary, ...]:
        """Partitions whose consumer always had work: its closest commit left more unread than sampling can miss."""
        return tuple(r for r in self.rows if self.is_backlogged(r))

    def is_backlogged(self, row: PartitionSummary) -> bool:
        """Return whether an active consumer had unread records in every sample, more than arrive in three intervals."""
        return row.steps > 0 and self.is_always_unread(row)

    def is_always_unread(self, row: PartitionSummary) -> bool:
        """Return whether every sample shows unread records, more than arrive in three intervals."""
        least = max(10.0, 3 * row.arrivals * self.interval)
        return row.unread > 0 and row.least_unread > least

    # Rates

    @cached_property
    def arrivals(self) -> float:
        """Arrivals over all partitions, records per second."""
        return sum(r.arrivals for r in self.rows)

    @cached_property
    def consumed(self) -> float:
        """Commits over all partitions, records per second."""
        if self.is_pooled:
            return sum(r.consumed for r in self.rows)
        unowned = sum(r.consumed for r in self.rows if r.owner is None)
        return unowned + sum(self.consumed_by_owner.values())

    @cached_property
    def consumed_by_owner(self) -> Mapping[str, float]:
        """Commits of each member over its partitions, records per second, by member id."""
        return {id: commit_rate(series) for id, series in self._commits_of_owner.items()}

    @cached_property
    def backlogged_rates(self) -> Mapping[str, float]:
        """Commits of members with a backlogged partition, records per second, by member id."""
        owners = {r.owner.id for r in self.backlogged if r.owner}
        return {id: rate for id, rate in self.consumed_by_owner.items() if id in owners}

    @cached_property
    def _commits_of_owner(self) -> Mapping[str, Series]:
        return {
            id: commits_together(self.group_samples, [r.partition for r in rows])
            for id, rows in self.rows_of_owner.items()
        }

    @cached_property
    def unread(self) -> int:
        """Unread records over all partitions."""
        return sum(r.unread for r in self.rows)

    @property
    def is_falling(self) -> bool:
        """Whether the lag falls by more than it varies between commits."""
        return self.commits_move and self.consumed > 1.05 * self.arrivals

    @cached_property
    def commits_move(self) -> bool:
        """Whether any commit moved between samples."""
        return any(r.steps for r in self.rows)

    @cached_property
    def commits_without_members(self) -> bool:
        """Whether commits move although the group has no members: a consumer that assigns its own partitions."""
        samples = without_members(self.group_samples)
        return any(a.committed != b.committed for a, b in itertools.pairwise(samples))

    # Lag

    @cached_property
    def worst_seconds(self) -> float:
        """The group's lag in seconds, 0 if unknown."""
        lag = self.lag.lag_seconds
        return lag.value if isinstance(lag, LagSeconds) else 0.0

    @cached_property
    def has_excess_lag(self) -> bool:
        """Whether there is lag to explain: above the objective, or rising towards it."""
        over = self.lag.status in (LagStatus.OVER_OBJECTIVE, LagStatus.DATA_LOSS)
        return over or self.is_growing or self.has_stopped

    @property
    def has_stopped(self) -> bool:
        """Whether a partition with a known commit interval has stopped, a quarter of the objective or more behind."""
        return any(
            r.end_moved
            and r.at_least_seconds >= self.objective_seconds / 4
            and self.rhythm_of(r) is not None
            and self.is_flat(r)
            for r in self.rows
            if r.partition not in self.blocked_keys
        )

    @property
    def is_growing(self) -> bool:
        """Whether a backlog of at least a quarter of the objective grows by more than a twentieth of the arrivals."""
        if self.worst_seconds <= self.objective_seconds / 4 or self.seconds < SHORTEST_SECONDS:
            return False
        arrived = sum(r.arrivals for r in self.backlogged) * self.seconds
        grew = arrived - sum(r.consumed for r in self.backlogged) * self.seconds
        return grew > max(10.0, 0.05 * arrived)

    # Commit intervals

    @property
    def longest_commit_gap(self) -> float | None:
        """Longest observed time between two commits in seconds, None without two commits."""
        gaps = [g for r in self.rows for g in r.commit_gaps]
        return max(gaps) if gaps else None

    @property
    def longest_member_gap(self) -> float | None:
        """Longest observed time between two commits of a member, over all its partitions; None without two commits.

        A member that reads its partitions in turn commits often, but rarely on each of them.
        """
        gaps = [
            b[0] - a[0]
            for series in self._commits_of_owner.values()
            for a, b in itertools.pairwise(moves(series))
        ]
        return max(gaps) if gaps else self.longest_commit_gap

    def rhythm_of(self, row: PartitionSummary) -> float | None:
        """Return the longest usual time between commits of a partition in seconds, None if unknown.

        Counts its own commits, its consumer's, and those of partitions with at least half as many arrivals: a member
        with larger batches commits less often.
        """
        first = bisect_left(self._gaps.arrivals, row.arrivals / 2)
        owned = self._gaps.of_owner.get(row.owner.id if row.owner else None, 0.0)
        return max(self._gaps.longest_from[first], owned) or None

    @cached_property
    def _gaps(self) -> CommitGaps:
        return CommitGaps.of(self.rows)

    def patience_of(self, row: PartitionSummary) -> float:
        """Return after how many seconds an unmoved commit counts as flat: twice its interval, else the poll interval.

        The interval is known only to within the time between samples, which is subtracted.
        """
        gap = self.rhythm_of(row)
        if gap is None:
            return MAX_POLL_INTERVAL_SECONDS
        return max(3 * self.interval, 2 * gap - self.interval)

    def is_flat(self, row: PartitionSummary) -> bool:
        """Return whether a commit has not moved for longer than its interval explains, with a record unread as long.

        Without a known interval, a record older than max.poll.interval.ms at an unmoved commit counts as well.
        """
        patience = self.patience_of(row)
        if row.unread == 0 or row.at_least_seconds < patience:
            return False
        if self.rhythm_of(row) is None:
            return not row.steps and self.seconds >= SHORTEST_SECONDS
        return row.flat_seconds >= patience

    def waited_at_most(self, row: PartitionSummary) -> float | None:
        """Return the longest time the unread records can be in the log, in seconds; None without an earlier sample."""
        ends = offsets_of(self.group_samples, row.partition, "end")
        before = [at for at, end in ends if end <= row.committed]
        return self.group_samples[-1].at - before[-1] if before else None

    @property
    def has_elections(self) -> bool:
        """Whether the leader of a late partition changed between samples."""
        return any(r.leader_changed for r in self.behind)

    def _row(self, lag: PartitionLag) -> PartitionSummary:
        key = TopicPartition(lag.topic, lag.partition)
        commits = commits_of(self.group_samples, key)
        ends = offsets_of(self.group_samples, key, "end")
        stables = offsets_of(self.group_samples, key, "last_stable")
        steps = [at for at, _ in moves(commits)]
        last = steps[-1] if steps else 0.0
        owners = [(at, owner[key]) for at, owner in self._owners if key in owner]
        epochs = {sample.leaders[key] for sample in self.group_samples if key in sample.leaders}
        now = self.group_samples[-1].at if self.group_samples else 0.0
        return PartitionSummary(
            partition=key,
            lag=lag,
            state=self.partitions.get(key),
            owner=self.owner.get(key),
            owners=frozenset(id for _, id in owners),
            owners_since=frozenset(id for at, id in owners if at >= last),
            arrivals=rate(ends),
            consumed=commit_rate(commits),
            steps=len(steps),
            flat_seconds=now - steps[-1] if steps else self.seconds,
            commit_gaps=tuple(b - a for a, b in itertools.pairwise(steps)),
            went_back=fallen_back(commits),
            least_unread=min(unread_of(self.group_samples, key), default=0),
            start_rate=rate(offsets_of(self.group_samples, key, "start")),
            stable=stables[-1][1] if stables else None,
            stable_moved=bool(moves(stables)),
            end_moved=bool(moves(ends)),
            leader_changed=len(epochs) > 1,
        )
