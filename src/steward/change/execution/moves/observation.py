"""The mover's view of a cluster: replicas of its partitions, ongoing reassignments, live brokers, copied bytes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from steward.change.guard.subject import effective
from steward.change.planning.cluster_state import ClusterState
from steward.cluster.ports import EVERYTHING, Observer, Scope
from steward.model.broker import LogDir
from steward.model.error import StewardError
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import Partition, Reassignment, Topic
from steward.model.unknown import NotApplicable, Observed, Unknown

_PARTS = frozenset({Part.TOPICS, Part.REASSIGNMENTS, Part.BROKERS})
_MIN_ISR = "min.insync.replicas"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveObservation:
    """One poll: the requested topics, all reassignments, and the brokers."""

    topics: tuple[Topic, ...]
    partitions: Mapping[TopicPartition, Partition]
    internal: frozenset[str]
    moving: Mapping[TopicPartition, Reassignment]
    racks: Mapping[int, str | None]
    alive: frozenset[int]

    @property
    def known(self) -> Collection[int]:
        """Registered brokers, fenced ones included."""
        return self.racks


def look(observer: Observer, topics: frozenset[str] | None) -> MoveObservation | str:
    """Poll topics, None for all; return the reason as text if that fails."""
    try:
        seen = observer.observe(_PARTS, EVERYTHING if topics is None else Scope(topics=topics))
    except StewardError as fault:
        return fault.summary
    return _observation(seen, is_whole=topics is None)


def ongoing_moves(observer: Observer) -> frozenset[TopicPartition] | None:
    """Return the partitions that the controller reports as moving; None if that is unknown."""
    try:
        found = observer.observe(frozenset({Part.REASSIGNMENTS})).reassignments
    except StewardError:
        return None
    if not isinstance(found, Observed):
        return None
    return frozenset(r.partition for r in found.value)


def _observation(seen: ClusterSnapshot, *, is_whole: bool) -> MoveObservation | str:
    found, moving, brokers = seen.topics, seen.reassignments, seen.brokers
    if not isinstance(found, Observed):
        return f"topics: {found}"
    if not isinstance(moving, Observed):
        return f"reassignments: {moving}"
    if not isinstance(brokers, Observed):
        return f"brokers: {brokers}"
    if found.gaps and not is_whole:
        return f"topics: {found.gaps[0]}"
    return MoveObservation(
        topics=found.value,
        partitions={p.key: p for t in found.value for p in t.partitions},
        internal=frozenset(t.name for t in found.value if t.is_internal),
        moving={r.partition: r for r in moving.value},
        racks={b.id: b.rack for b in brokers.value},
        alive=frozenset(b.id for b in brokers.value if b.fenced is not True),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaSizes:
    """Bytes of each replica on each broker, and the largest free space on a broker's disks."""

    copies: Mapping[tuple[TopicPartition, int], int]
    free: Mapping[int, int]

    def size(self, partition: TopicPartition, replicas: Collection[int]) -> int | None:
        """Return the bytes of the largest replica; None if unknown."""
        found = (self.copies.get((partition, b)) for b in replicas)
        return max((size for size in found if size is not None), default=None)

    def over(self, older: "ReplicaSizes") -> "ReplicaSizes":
        """Return these sizes, with earlier ones where they are unknown."""
        return ReplicaSizes(
            copies={**older.copies, **self.copies}, free={**older.free, **self.free}
        )


def measure_replicas(
    observer: Observer, topics: frozenset[str], brokers: frozenset[int] | None = None
) -> ReplicaSizes:
    """Read log directories; brokers that do not return them are unknown."""
    try:
        seen = observer.observe(frozenset({Part.LOG_DIRS}), Scope(topics=topics, brokers=brokers))
    except StewardError:
        return ReplicaSizes(copies={}, free={})
    if not isinstance(seen.log_dirs, Observed):
        return ReplicaSizes(copies={}, free={})
    copies: dict[tuple[TopicPartition, int], int] = {}
    free: dict[int, int] = {}
    for broker, dirs in seen.log_dirs.value.items():
        if isinstance(dirs, Unknown):
            continue
        for log_dir in dirs:
            _weigh(broker, log_dir, copies, free)
    return ReplicaSizes(copies=copies, free=free)


def _weigh(
    broker: int,
    log_dir: LogDir,
    copies: dict[tuple[TopicPartition, int], int],
    free: dict[int, int],
) -> None:
    if log_dir.error is None and not isinstance(log_dir.usable_bytes, NotApplicable):
        free[broker] = max(free.get(broker, 0), log_dir.usable_bytes)
    for log in log_dir.replicas:
        if not log.is_future:
            copies[log.partition, broker] = log.size_bytes


def min_isr_of(observer: Observer, topics: frozenset[str]) -> Mapping[str, int]:
    """Return min.insync.replicas of topics, without those where it is unknown."""
    try:
        seen = observer.observe(frozenset({Part.TOPICS, Part.TOPIC_CONFIGS}), Scope(topics=topics))
    except StewardError:
        return {}
    cluster = ClusterState(seen)
    found = {topic: effective(cluster, topic, _MIN_ISR) for topic in topics}
    return {topic: int(value) for topic, value in found.items() if value and value.isdigit()}
