"""Collects the input of one group's diagnosis: samples of its own topics, then what the samples point to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from steward.analysis.diagnosis.client_report import ClientReport
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.markers import may_be_markers, only_markers
from steward.analysis.diagnosis.samples import GroupSample, commits_of, moves, samples_of_snapshots
from steward.analysis.lag.measure import PartitionCommit, group_lag, partition_lag
from steward.cluster.key_sampling import KeySampler
from steward.cluster.ports import Observer, Progress, Scope, quiet
from steward.model.config import Configs, config_entry
from steward.model.group import Group
from steward.model.lag import Flag, GroupLag
from steward.model.membership import idle_members, unsubscribed_topics
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import Topic
from steward.model.unknown import NOT_REQUESTED, NotApplicable, Observed, Unknown, Why, value_or

T = TypeVar("T")

_NONE: frozenset[Part] = frozenset()
_MEMBERSHIP = frozenset({Part.GROUPS, Part.GROUP_OFFSETS})
_MOVING = frozenset({Part.TOPICS, Part.OFFSETS})
_ONCE = frozenset({Part.BROKERS, Part.TOPIC_CONFIGS, Part.QUOTAS})
_TWICE = frozenset({Part.METRICS, Part.REASSIGNMENTS})
_MARKER_BYTES = 4 * 1024
_SIZE_BYTES = 16 * 1024
_GRACE_SECONDS = 300.0
_MAX_TIMEOUT = "transaction.max.timeout.ms"
INPUT_PARTS = _MEMBERSHIP | _MOVING | _ONCE | _TWICE | {
    Part.PRODUCERS, Part.TRANSACTIONS, Part.BROKER_CONFIGS, Part.SAMPLES, Part.KEYS,
}  # fmt: skip
"""All parts that a diagnosis may request; the last five only if the samples call for them."""


class DiagnosisCollector:
    """Samples one group repeatedly and builds the diagnosis input.

    A sample costs ListGroups at the coordinator, a description and OffsetFetch of the group, and Metadata and three
    ListOffsets for each leader of the group's topics.
    """

    def __init__(self, observer: Observer, group: str, progress: Progress | None = None) -> None:
        self._observer = observer
        self._group = group
        self._progress = progress or quiet
        self._first: ClusterSnapshot | None = None
        self.latest = ClusterSnapshot()
        """the latest observation of every part requested so far"""
        self._topics: frozenset[str] = frozenset()
        self._latencies: list[Mapping[int, float]] = []
        self._keys = KeySampler()
        self.requests = 0

    @property
    def is_listed(self) -> bool:
        """Whether the latest sample found the group, or could not decide."""
        listed = self.latest.groups
        return not isinstance(listed, Observed) or any(g.id == self._group for g in listed.value)

    def sample(self, *, last: bool = False) -> GroupSample:
        """Take a sample; the first one also reads constant facts; the first and the last read brokers' metrics."""
        first = self._first is None
        members = self._membership()
        self._topics |= _topics_of(members, self._group)
        parts = _MOVING | (_ONCE if first else _NONE) | (_TWICE if first or last else _NONE)
        scope = Scope(topics=self._topics, config_synonyms=False)
        offsets = self._observe(parts, scope)
        seen = _joined(members, offsets)
        if first or last:
            self._latencies.append(offsets.cost.latency_seconds)
        self.latest = _joined(self.latest, seen)
        self._first = self._first or self.latest
        (sample,) = samples_of_snapshots((seen,), self._group)
        return sample

    def _membership(self) -> ClusterSnapshot:
        """Read group and commits, at the coordinator if it is known and has not moved."""
        names = frozenset({self._group})
        known = _group_in(self.latest, self._group)
        if known is None:
            return self._observe(_MEMBERSHIP | {Part.IDENTITY}, Scope(groups=names))
        at = Scope(groups=names, coordinators=frozenset({known.coordinator}))
        seen = self._observe(_MEMBERSHIP, at)
        moved = isinstance(seen.groups, Unknown) or _group_in(seen, self._group) is None
        return self._observe(_MEMBERSHIP, Scope(groups=names)) if moved else seen

    def _observe(self, parts: frozenset[Part], scope: Scope) -> ClusterSnapshot:
        seen = self._observer.observe(parts, scope)
        self.requests += sum(seen.cost.requests.values())
        return seen

    def diagnosis_input(
        self,
        samples: Sequence[GroupSample],
        *,
        objective_seconds: float,
        now_ms: Callable[[], int],
        clients: tuple[ClientReport, ...] = (),
        unread_clients: tuple[str, ...] = (),
        budget: int = 2_000,
    ) -> DiagnosisInput:
        """Build the input from samples, the latest of which is this object's own: measure, then examine anomalies."""
        positions = self._positions(samples)
        self._progress("finding the oldest unread records")
        ages = self._ages(positions, now_ms(), budget)
        lag = self._lag(positions, ages, objective_seconds)
        case = self._base(samples, lag, objective_seconds, now_ms(), clients, unread_clients)
        case = self._with_transactions(case)
        case = self._with_samples(case, positions, ages)
        return self._keys.added_to(case, self._observe, self._progress)

    def _base(
        self,
        samples: Sequence[GroupSample],
        lag: GroupLag,
        objective_seconds: float,
        now_ms: int,
        clients: tuple[ClientReport, ...],
        unread_clients: tuple[str, ...],
    ) -> DiagnosisInput:
        seen = self.latest
        moving = value_or(seen.reassignments, ())
        metrics = [s.metrics for s in (self._first or seen, seen)]
        return DiagnosisInput(
            lag=lag,
            group_samples=tuple(samples),
            objective_seconds=objective_seconds,
            now_ms=now_ms,
            partitions={p.key: p for t in _topics_in(seen) for p in t.partitions},
            brokers=_value(seen.brokers),
            reassigning=frozenset(r.partition for r in moving),
            metrics=tuple(m.value for m in metrics if isinstance(m, Observed)),
            latency_seconds=tuple(self._latencies),
            quotas=_value(seen.quotas),
            topic_configs=_configs_in(seen),
            clients=clients,
            unread_clients=unread_clients,
        )

    def _positions(self, samples: Sequence[GroupSample]) -> tuple[PartitionCommit, ...]:
        last, ids = samples[-1], _ids_over(samples)
        gone = isinstance(self.latest.topics, Observed) and not self.latest.topics.gaps
        assigned = {p for m in last.members for p in m.assignment}
        compacted = {t for t, c in _configs_in(self.latest).items() if _is_compacted(c)}
        left_over = _left_over(samples)
        found = (
            _position(p, last, is_gone=gone and p.topic not in last.topic_ids, ids=ids, compacted=compacted)
            for p in sorted({*last.committed, *assigned})
        )  # fmt: skip
        return tuple(replace(p, not_subscribed=p.partition.topic in left_over) for p in found)

    def _ages(self, positions: Sequence[PartitionCommit], now_ms: int, budget: int) -> Any:
        from steward.analysis.lag.assess import questions, searched_age, traits_of_configs
        from steward.analysis.lag.search_pool import SearchPool
        from steward.cluster.timestamp_search import search_timestamps

        pool = SearchPool(questions(positions), now_ms=now_ms, budget=budget)
        search_timestamps(pool, self._observer, self._progress)
        return searched_age(pool, traits_of_configs(_configs_in(self.latest)), now_ms)

    def _lag(self, positions: Sequence[PartitionCommit], age_of: Any, objective: float) -> GroupLag:
        group = _group_in(self.latest, self._group)
        return group_lag(
            self._group,
            group.type.value if group else "unknown",
            group.state if group else "Unknown",
            (partition_lag(p, age_of(p) if p.is_behind or p.lost else None) for p in positions),
            objective_seconds=objective,
            flags=(Flag.IDLE_MEMBERS,) if idle_members(group) else (),
        )

    def _with_transactions(self, case: DiagnosisInput) -> DiagnosisInput:
        """Read producers and transactions where a last stable offset holds readers back."""
        rows = case.blocked
        if not rows:
            return case
        self._progress("finding the transactions that hold the last stable offset back")
        topics = frozenset(r.partition.topic for r in rows)
        parts = frozenset({Part.PRODUCERS, Part.TRANSACTIONS, Part.BROKER_CONFIGS})
        seen = self._observe(parts, Scope(topics=topics, config_synonyms=False))
        self.latest = _joined(self.latest, seen)
        producers = seen.producers
        missing = producers if isinstance(producers, Unknown) else None
        known = value_or(producers, {})
        listed = _value(seen.transactions)
        hidden = seen.transactions.gaps if isinstance(seen.transactions, Observed) else ()
        return replace(
            case,
            producers=dict.fromkeys((r.partition for r in rows), missing) if missing else known,
            transactions=hidden[0] if hidden else listed,
            hanging_age_seconds=_hanging_age(seen),
        )

    def _with_samples(
        self, case: DiagnosisInput, positions: Sequence[PartitionCommit], age_of: Any
    ) -> DiagnosisInput:
        """Fetch a few batch headers: where only markers may remain, and for the record size under a quota."""
        wanted = may_be_markers(case)
        if wanted:
            self._progress("checking whether only transaction markers remain")
            topics = frozenset(p.topic for p in wanted)
            found = self._samples(Scope(
                topics=topics, sample_at=wanted, sample_bytes_per_partition=_MARKER_BYTES,
            ))  # fmt: skip
            markers = only_markers(found.values(), wanted, case)
            marked = [replace(p, marker_only=p.partition in markers) for p in positions]
            case = replace(case, lag=self._lag(marked, age_of, case.objective_seconds))
        limited = not isinstance(case.quotas, Unknown) and any(
            "consumer_byte_rate" in q.limits for q in case.quotas
        )
        if limited and case.has_excess_lag:
            scope = Scope(
                topics=self._topics, sample_bytes_per_partition=_SIZE_BYTES, sample_partitions_per_topic=1,
                sample_bytes_total=16 * _SIZE_BYTES,
            )  # fmt: skip
            case = replace(case, samples=self._samples(scope))
        return case

    def _samples(self, scope: Scope) -> Mapping[TopicPartition, Any]:
        found = self._observe(frozenset({Part.SAMPLES}), scope).samples
        return value_or(found, {})


def _position(
    partition: TopicPartition,
    sample: GroupSample,
    *,
    is_gone: bool,
    ids: Mapping[str, frozenset[str]],
    compacted: Iterable[str],
) -> PartitionCommit:
    missing = Unknown(Why.REFUSED, f"no leader reported offsets of {partition}")
    found = sample.offsets.get(partition, missing)
    return PartitionCommit.of(
        partition,
        sample.committed.get(partition),
        found,
        is_gone=is_gone,
        compacted=partition.topic in compacted,
        recreated=len(ids.get(partition.topic, ())) > 1,
    )


def _left_over(samples: Sequence[GroupSample]) -> frozenset[str]:
    """Return the topics with commits that no member subscribes to."""
    last = samples[-1]
    left = unsubscribed_topics(last.group, {p.topic for p in last.committed})
    moved = {p.topic for p in last.committed if p.topic in left and moves(commits_of(samples, p))}
    return left - moved


def _ids_over(samples: Sequence[GroupSample]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for sample in samples:
        for topic, id in sample.topic_ids.items():
            found[topic] = found.get(topic, frozenset()) | {id}
    return found


def _is_compacted(configs: Configs | Unknown) -> bool:
    policy = config_entry(configs, "cleanup.policy")
    return policy is not None and "compact" in (policy.value or "")


def _hanging_age(seen: ClusterSnapshot) -> float:
    """Return the age from which an open transaction is hanging: the brokers' longest timeout plus five minutes."""
    configs = value_or(seen.broker_configs, {})
    entries = [
        c[_MAX_TIMEOUT]
        for c in configs.values()
        if not isinstance(c, Unknown) and _MAX_TIMEOUT in c
    ]
    longest = max((int(e.value) for e in entries if e.value), default=900_000)
    return longest / 1000 + _GRACE_SECONDS


def _topics_of(seen: ClusterSnapshot, name: str) -> frozenset[str]:
    commits = value_or(seen.group_offsets, {})
    own = commits.get(name)
    committed = set[str]()
    if own is not None and not isinstance(own, Unknown):
        committed = {p.topic for p in own.committed}
    group = _group_in(seen, name)
    if group is None or isinstance(group.detail, Unknown):
        return frozenset(committed)
    assigned = {p.topic for m in group.detail.members for p in m.assignment}
    return frozenset(committed | assigned)


def _group_in(seen: ClusterSnapshot, name: str) -> Group | None:
    listed = value_or(seen.groups, ())
    return next((g for g in listed if g.id == name), None)


def _topics_in(seen: ClusterSnapshot) -> tuple[Topic, ...]:
    return value_or(seen.topics, ())


def _configs_in(seen: ClusterSnapshot) -> Mapping[str, Configs | Unknown]:
    return value_or(seen.topic_configs, {})


def _value(part: Observed[T] | Unknown | NotApplicable) -> T | Unknown:
    if isinstance(part, Observed):
        return part.value
    return part if isinstance(part, Unknown) else Unknown(Why.REFUSED, str(part))


def _joined(earlier: ClusterSnapshot, later: ClusterSnapshot) -> ClusterSnapshot:
    """Return the earlier snapshot with every part that the later one was asked for."""
    seen: dict[str, Any] = {p.value: later.part(p) for p in Part if later.part(p) != NOT_REQUESTED}
    return replace(earlier, **seen, cost=later.cost)
