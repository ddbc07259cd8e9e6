"""The case of one group: several looks at it, turned into rates, owners and the rhythm of its commits."""

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

SHORTEST_SECONDS = 10.0
"""Looks over less than this say nothing of rates."""
LIKELY_AFTER_SECONDS = 300.0
"""Rates and churn seen for less are at most possible."""
MAX_POLL_INTERVAL_SECONDS = 300.0
"""Kafka's default: how long a member may be silent between polls."""
STABLE = "Stable"
_CLIENTS_SETTLE = "the consumers' own metrics: --client-metrics URL, or --client-stats FILE"


@dataclass(frozen=True, kw_only=True)
class DiagnosisInput:
    """Everything that the causes are judged on.

    Shape: ``metrics`` and ``latency_seconds`` are of the first and of the last look; ``latency_seconds`` is how long
           each broker took to answer steward. A part that was not needed is Unknown(NOT_REQUESTED).
    """

    lag: GroupLag
    looks: tuple[GroupSample, ...]
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
    """endpoints and files of consumers that could not be read, and why"""

    # How long it was looked at

    @cached_property
    def seconds(self) -> float:
        """How long the group was looked at."""
        return self.looks[-1].at - self.looks[0].at if self.looks else 0.0

    @cached_property
    def interval(self) -> float:
        """Seconds between looks."""
        return self.seconds / max(1, len(self.looks) - 1)

    @property
    def rate_certainty(self) -> Certainty:
        """What rests on rates or on a flat commit is at most possible until it was seen for five minutes."""
        return Certainty.LIKELY if self.seconds >= LIKELY_AFTER_SECONDS else Certainty.POSSIBLE

    @property
    def until_likely(self) -> tuple[str, ...]:
        """What would make a rate likely."""
        if self.seconds >= LIKELY_AFTER_SECONDS:
            return () if self.clients else (_CLIENTS_SETTLE,)
        instead = (
            f"{LIKELY_AFTER_SECONDS:.0f} s of samples instead of {self.seconds:.0f} s: rates then count as "
            "likely: "
        )
        return (Hint(instead, steward("diagnose", self.lag.group, wait="5m")),)

    @property
    def latest_metrics(self) -> Mapping[int, BrokerMetrics | Unknown]:
        """What the brokers' metrics said last, by broker."""
        return self.metrics[-1] if self.metrics else {}

    # Who

    @property
    def group(self) -> Group | None:
        """The group as it was last seen."""
        return self.looks[-1].group if self.looks else None

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The members now."""
        return self.looks[-1].members if self.looks else ()

    @cached_property
    def owner(self) -> Mapping[TopicPartition, Member]:
        """Who reads what, now."""
        return {p: m for m in self.members for p in m.assignment}

    @cached_property
    def lasting_members(self) -> frozenset[str]:
        """Members that every look saw that asked for them."""
        ids = [look.member_ids for look in self.looks if look.knows_members]
        return ids[0].intersection(*ids) if ids else frozenset[str]()

    @property
    def is_pooled(self) -> bool:
        """Whether members share partitions instead of owning them (KIP-932)."""
        return self.lag.type == GroupType.SHARE.value

    @property
    def is_stable(self) -> bool:
        """Whether every look found the group at rest."""
        return all(look.state in (STABLE, "") for look in self.looks)

    # Partitions

    @cached_property
    def rows(self) -> tuple[PartitionSummary, ...]:
        """Every partition of the group that still exists, and that a member subscribes to."""
        return tuple(r for r in self._existing if Flag.NOT_SUBSCRIBED not in r.lag.flags)

    @cached_property
    def left_over(self) -> tuple[PartitionSummary, ...]:
        """Partitions that the group committed on, and that no member subscribes to any more."""
        return tuple(r for r in self._existing if Flag.NOT_SUBSCRIBED in r.lag.flags)

    @cached_property
    def _existing(self) -> tuple[PartitionSummary, ...]:
        return tuple(self._row(p) for p in self.lag.partitions if Flag.TOPIC_GONE not in p.flags)

    @cached_property
    def rows_of_topic(self) -> Mapping[str, tuple[PartitionSummary, ...]]:
        """The partitions of each topic."""
        return grouped(self.rows, lambda r: r.partition.topic)

    @cached_property
    def rows_of_owner(self) -> Mapping[str, tuple[PartitionSummary, ...]]:
        """The partitions that each member reads now, by member id."""
        return grouped((r for r in self.rows if r.owner), lambda r: r.owner.id if r.owner else "")

    @cached_property
    def _owners(self) -> tuple[tuple[float, Mapping[TopicPartition, str]], ...]:
        """The time of each look that knows the members, and who read what then."""
        return tuple(
            (k.at, {p: m.id for m in k.members for p in m.assignment})
            for k in self.looks
            if k.members
        )

    @cached_property
    def behind(self) -> tuple[PartitionSummary, ...]:
        """Partitions with records to read."""
        return tuple(r for r in self.rows if r.unread > 0)

    @cached_property
    def late(self) -> tuple[PartitionSummary, ...]:
        """Partitions that make the lag: a quarter of the worst one's age behind, or more."""
        worst = max((r.seconds for r in self.behind), default=0.0)
        return tuple(r for r in self.behind if r.seconds >= worst / 4)

    @cached_property
    def late_keys(self) -> frozenset[TopicPartition]:
        """The same, by name."""
        return frozenset(r.partition for r in self.late)

    @cached_property
    def blocked(self) -> tuple[PartitionSummary, ...]:
        """Partitions whose reader stands at a last stable offset that does not move: a transaction holds it back."""
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
        """Partitions whose reader always had work: even the closest commit left more unread than looks can miss."""
        return tuple(r for r in self.rows if self.is_backlogged(r))

    def is_backlogged(self, row: PartitionSummary) -> bool:
        """Tell whether a reader that gets on had unread records in every look, more than arrive between three."""
        return row.steps > 0 and self.is_always_unread(row)

    def is_always_unread(self, row: PartitionSummary) -> bool:
        """Tell whether every look found unread records, more than arrive between three."""
        least = max(10.0, 3 * row.arrivals * self.interval)
        return row.unread > 0 and row.least_unread > least

    # Rates

    @cached_property
    def arrivals(self) -> float:
        """Records a second that come in, over all partitions."""
        return sum(r.arrivals for r in self.rows)

    @cached_property
    def consumed(self) -> float:
        """Records a second that are committed, over all partitions."""
        if self.is_pooled:
            return sum(r.consumed for r in self.rows)
        unowned = sum(r.consumed for r in self.rows if r.owner is None)
        return unowned + sum(self.consumed_by_owner.values())

    @cached_property
    def consumed_by_owner(self) -> Mapping[str, float]:
        """Records a second that each member commits over its partitions, by member id."""
        return {id: commit_rate(series) for id, series in self._commits_of_owner.items()}

    @cached_property
    def backlogged_rates(self) -> Mapping[str, float]:
        """Records a second of the members that have a backlogged partition, by member id."""
        owners = {r.owner.id for r in self.backlogged if r.owner}
        return {id: rate for id, rate in self.consumed_by_owner.items() if id in owners}

    @cached_property
    def _commits_of_owner(self) -> Mapping[str, Series]:
        return {
            id: commits_together(self.looks, [r.partition for r in rows])
            for id, rows in self.rows_of_owner.items()
        }

    @cached_property
    def unread(self) -> int:
        """Records to be read, over all partitions."""
        return sum(r.unread for r in self.rows)

    @property
    def is_falling(self) -> bool:
        """Whether the lag falls by more than commits come and go."""
        return self.commits_move and self.consumed > 1.05 * self.arrivals

    @cached_property
    def commits_move(self) -> bool:
        """Whether any commit was seen to move."""
        return any(r.steps for r in self.rows)

    @cached_property
    def commits_without_members(self) -> bool:
        """Whether commits move though the group has no members: a consumer that assigns partitions to itself."""
        looks = without_members(self.looks)
        return any(a.committed != b.committed for a, b in itertools.pairwise(looks))

    # Trouble

    @cached_property
    def worst_seconds(self) -> float:
        """The group's lag in seconds, 0 where unknown."""
        lag = self.lag.lag_seconds
        return lag.value if isinstance(lag, LagSeconds) else 0.0

    @cached_property
    def in_trouble(self) -> bool:
        """Whether there is a lag to explain: over the objective, or on its way there."""
        over = self.lag.status in (LagStatus.OVER_OBJECTIVE, LagStatus.DATA_LOSS)
        return over or self.is_growing or self.has_stopped

    @property
    def has_stopped(self) -> bool:
        """Whether a partition that others show the rhythm of stands, a quarter of the objective behind already."""
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
        """Whether a backlog of a quarter of the objective grows by more than a twentieth of what arrives."""
        if self.worst_seconds <= self.objective_seconds / 4 or self.seconds < SHORTEST_SECONDS:
            return False
        arrived = sum(r.arrivals for r in self.backlogged) * self.seconds
        grew = arrived - sum(r.consumed for r in self.backlogged) * self.seconds
        return grew > max(10.0, 0.05 * arrived)

    # Rhythm

    @property
    def longest_commit_gap(self) -> float | None:
        """The longest time between two commits that was seen, None where no two were."""
        gaps = [g for r in self.rows for g in r.commit_gaps]
        return max(gaps) if gaps else None

    @property
    def longest_member_gap(self) -> float | None:
        """The longest time between two commits of a member, on whichever of its partitions; None where no two were.

        Shape: a member that reads its partitions in turn commits often, though rarely on any one of them.
        """
        gaps = [
            b[0] - a[0]
            for series in self._commits_of_owner.values()
            for a, b in itertools.pairwise(moves(series))
        ]
        return max(gaps) if gaps else self.longest_commit_gap

    def rhythm_of(self, row: PartitionSummary) -> float | None:
        """Return the longest time between commits that is usual for a partition, None where none was seen.

        Shape: its own, its reader's, and that of partitions which get at least half as much: a member with fuller
               batches commits less often.
        """
        first = bisect_left(self._gaps.arrivals, row.arrivals / 2)
        owned = self._gaps.of_owner.get(row.owner.id if row.owner else None, 0.0)
        return max(self._gaps.longest_from[first], owned) or None

    @cached_property
    def _gaps(self) -> CommitGaps:
        return CommitGaps.of(self.rows)

    def patience_of(self, row: PartitionSummary) -> float:
        """Return how long a commit must stand before it counts as flat: twice its rhythm, else the poll interval.

        Shape: a rhythm is seen only to within the time between looks, which is taken off.
        """
        gap = self.rhythm_of(row)
        if gap is None:
            return MAX_POLL_INTERVAL_SECONDS
        return max(3 * self.interval, 2 * gap - self.interval)

    def is_flat(self, row: PartitionSummary) -> bool:
        """Tell whether a commit stands longer than its rhythm explains, before a record that waits as long.

        Shape: without a rhythm, a record older than max.poll.interval that waits at a standing commit counts, too.
        """
        patience = self.patience_of(row)
        if row.unread == 0 or row.at_least_seconds < patience:
            return False
        if self.rhythm_of(row) is None:
            return not row.steps and self.seconds >= SHORTEST_SECONDS
        return row.flat_seconds >= patience

    def waited_at_most(self, row: PartitionSummary) -> float | None:
        """Return for how long, at most, what is unread has been in the log; None where no look came before it.

        Units: seconds.
        """
        ends = offsets_of(self.looks, row.partition, "end")
        before = [at for at, end in ends if end <= row.committed]
        return self.looks[-1].at - before[-1] if before else None

    @property
    def has_elections(self) -> bool:
        """Whether the leader of a partition that lags changed during the looks."""
        return any(r.leader_changed for r in self.behind)

    def _row(self, lag: PartitionLag) -> PartitionSummary:
        key = TopicPartition(lag.topic, lag.partition)
        commits = commits_of(self.looks, key)
        ends = offsets_of(self.looks, key, "end")
        stables = offsets_of(self.looks, key, "last_stable")
        steps = [at for at, _ in moves(commits)]
        last = steps[-1] if steps else 0.0
        owners = [(at, owner[key]) for at, owner in self._owners if key in owner]
        epochs = {look.leaders[key] for look in self.looks if key in look.leaders}
        now = self.looks[-1].at if self.looks else 0.0
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
            least_unread=min(unread_of(self.looks, key), default=0),
            start_rate=rate(offsets_of(self.looks, key, "start")),
            stable=stables[-1][1] if stables else None,
            stable_moved=bool(moves(stables)),
            end_moved=bool(moves(ends)),
            leader_changed=len(epochs) > 1,
        )
