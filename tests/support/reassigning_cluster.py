"""A cluster in memory whose moves take their time, as KRaft's controller carries them out; what we did wrong is kept.

Source: PartitionReassignmentReplicas, ReplicationControlManager.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from steward.cluster.ports import EVERYTHING, Progress, Scope
from steward.model.broker import Broker, LogDir, ReplicaLog
from steward.model.change import (
    AlterConfigs,
    CancelReassignment,
    Change,
    ConfigTarget,
    ElectLeader,
    ReassignPartition,
)
from steward.model.config import ConfigEntry, ConfigSource
from steward.model.error import BrokerRefused, NotAuthorized, StewardError
from steward.model.names import TopicPartition
from steward.model.quorum import ClusterIdentity
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import Partition, Reassignment, Topic
from steward.model.unknown import NotApplicable, Observed, Unknown, Why
from support.fake_observer import FakeObserver

LOOK_SECONDS = 0.05
LAG_SECONDS = 0.5


class Killed(BaseException):
    """The process ends here."""


class Switch:
    """Ends the process at the n-th point that it passes; 0: never."""

    def __init__(self, at: int = 0) -> None:
        self._at = at
        self.passed = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self._at:
            raise Killed


@dataclass
class Placed:
    """One partition: ``target`` is where it moves to, ``copied`` how many bytes each copy has."""

    replicas: tuple[int, ...]
    isr: set[int]
    leader: int
    size: int
    target: tuple[int, ...] | None = None
    origin: tuple[int, ...] = ()
    copied: dict[int, float] = field(default_factory=dict[int, float])

    @property
    def adding(self) -> tuple[int, ...]:
        return tuple(b for b in self.target or () if b not in self.origin)

    @property
    def removing(self) -> tuple[int, ...]:
        return () if self.target is None else tuple(b for b in self.origin if b not in self.target)


class ReassigningCluster:
    """Observer and changer of one cluster, with a clock of its own.

    ``lag``: brokers tell of partitions what was so half a second before. ``asked`` are all requests; ``wrongs`` what
    should never be seen. ``at`` holds what happens at a time, such as a broker's death.
    """

    def __init__(
        self,
        placed: Mapping[TopicPartition, tuple[int, ...]],
        *,
        brokers: Sequence[int] = (1, 2, 3, 4, 5, 6),
        sizes: Mapping[TopicPartition, int] | None = None,
        min_isr: int = 1,
        bytes_per_second: float = 1000.0,
        lag: bool = False,
        switch: Switch | None = None,
    ) -> None:
        self.seconds = 0.0
        self.alive = dict.fromkeys(brokers, True)
        self.partitions = {
            key: Placed(ids, set(ids), ids[0], (sizes or {}).get(key, 1000))
            for key, ids in placed.items()
        }
        self.min_isr = min_isr
        self.bytes_per_second = bytes_per_second
        self.lag = lag
        self.switch = switch or Switch()
        self.asked: list[Change] = []
        self.wrongs: list[str] = []
        self.at: list[tuple[float, Callable[[], None]]] = []
        self.usable: dict[int, int] = {}
        self.configs: dict[tuple[ConfigTarget, str], dict[str, str]] = {}
        self._died_at: dict[int, float] = {}
        self._past: list[tuple[float, tuple[Topic, ...]]] = []
        self._by_topic: dict[str, list[TopicPartition]] = {}
        for key in sorted(self.partitions):
            self._by_topic.setdefault(key.topic, []).append(key)

    # Time

    def clock(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        for when, what in [a for a in self.at if a[0] <= self.seconds + seconds]:
            self._pass(max(0.0, when - self.seconds))
            seconds -= max(0.0, min(seconds, when - self.seconds))
            self.at.remove((when, what))
            what()
        self._pass(seconds)

    def _pass(self, seconds: float) -> None:
        while self.lag and seconds > LAG_SECONDS / 2:
            self._grow(LAG_SECONDS / 2)
            seconds -= LAG_SECONDS / 2
        self._grow(seconds)

    def _note(self) -> None:
        """Keep what brokers will tell a little later."""
        if self.lag:
            old = [past for past in self._past if past[0] <= self.seconds - LAG_SECONDS]
            self._past = [*old[-1:], *(p for p in self._past if p[0] > self.seconds - LAG_SECONDS)]
            self._past.append((self.seconds, self._topics()))

    def _grow(self, seconds: float) -> None:
        self._note()
        self.seconds += seconds
        for key, placed in self.partitions.items():
            for broker in placed.replicas:
                if broker not in placed.isr and self.alive[broker] and placed.leader >= 0:
                    placed.copied[broker] = (
                        placed.copied.get(broker, 0.0) + seconds * self.bytes_per_second
                    )
                    if placed.copied[broker] >= placed.size:
                        placed.isr.add(broker)
            self._maybe_complete(key, placed)
        self._note()

    def _maybe_complete(self, key: TopicPartition, placed: Placed) -> None:
        if placed.target is None or not set(placed.target) <= placed.isr:
            return
        placed.replicas, placed.isr = placed.target, placed.isr & set(placed.target)
        placed.target, placed.origin = None, ()
        self._elect(key, placed)

    def _elect(self, key: TopicPartition, placed: Placed) -> None:
        if placed.leader in placed.isr and self.alive[placed.leader]:
            return
        placed.leader = next((b for b in placed.replicas if b in placed.isr and self.alive[b]), -1)
        if placed.leader < 0:
            self.wrongs.append(f"{key} has no leader")

    # What happens to brokers, and what others do

    def kill(self, broker: int) -> None:
        self.alive[broker] = False
        self._died_at[broker] = self.seconds
        for key, placed in self.partitions.items():
            if len(placed.isr) > 1:
                placed.isr.discard(broker)
                placed.copied[broker] = placed.size / 2
            self._elect(key, placed)

    def _is_known_dead(self, broker: int) -> bool:
        """Tell whether who looked a moment ago could know."""
        return not self.alive[broker] and self._died_at[broker] < self.seconds - LAG_SECONDS

    def start(self, broker: int) -> None:
        self.alive[broker] = True
        for key, placed in self.partitions.items():
            self._elect(key, placed)

    def forget(self, topic: str) -> None:
        """Delete a topic."""
        for key in self._by_topic.pop(topic):
            del self.partitions[key]

    def move(self, key: TopicPartition, target: tuple[int, ...]) -> None:
        """Begin a move, or begin another one over it."""
        placed = self.partitions[key]
        if placed.target is not None:
            self._stop(placed)
        placed.origin, placed.target = placed.replicas, target
        placed.replicas = (*target, *placed.removing)
        self._maybe_complete(key, placed)

    def _stop(self, placed: Placed) -> None:
        """Stop a move: those that stay first, in the order of where it went, the others by their id."""
        stay = tuple(b for b in placed.target or () if b in placed.origin)
        placed.replicas = (*stay, *sorted(set(placed.origin) - set(stay)))
        placed.isr &= set(placed.origin)
        placed.target, placed.origin = None, ()

    # As a changer

    def denied(self, changes: Sequence[Change]) -> tuple[NotAuthorized | None, ...]:
        return (None,) * len(changes)

    def perform(
        self, changes: Sequence[Change], passwords: Mapping[Any, Any]
    ) -> tuple[StewardError | None, ...]:
        self.switch.point()
        fates = tuple(self._one(change) for change in changes)
        self.switch.point()
        return fates

    def _one(self, change: Change) -> StewardError | None:
        self.asked.append(change)
        match change:
            case ReassignPartition(partition=key, replicas=target):
                return self._reassign(key, target, change)
            case CancelReassignment(partition=key):
                placed = self.partitions[key]
                if placed.target is None:
                    return None
                if not placed.isr & set(placed.origin):
                    return BrokerRefused("unclean", kafka_error="INVALID_REPLICA_ASSIGNMENT")
                self._stop(placed)
                self._elect(key, placed)
            case ElectLeader(partition=key):
                placed = self.partitions[key]
                if placed.replicas[0] in placed.isr:
                    placed.leader = placed.replicas[0]
            case AlterConfigs():
                self._alter(change)
            case _:
                self.wrongs.append(f"asked for {change}")
        return None

    def _alter(self, change: AlterConfigs) -> None:
        own = self.configs.setdefault((change.target, change.name), {})
        for key in change.remove:
            own.pop(key, None)
        own |= change.set
        for key in {*change.append, *change.subtract}:
            items = [i for i in own.get(key, "").split(",") if i]
            items += [i for i in change.append.get(key, ()) if i not in items]
            own[key] = ",".join(i for i in items if i not in change.subtract.get(key, ()))

    def _set_on(
        self, target: ConfigTarget, name: str, source: ConfigSource
    ) -> dict[str, ConfigEntry]:
        own = self.configs.get((target, name), {})
        return {key: ConfigEntry(key, value, source) for key, value in own.items()}

    def _reassign(
        self, key: TopicPartition, target: tuple[int, ...], change: ReassignPartition
    ) -> StewardError | None:
        placed = self.partitions[key]
        if placed.target is not None:
            self.wrongs.append(f"{key} was given another target while it moved")
        if len(target) != len(placed.replicas) and not change.changes_factor:
            return BrokerRefused("factor", kafka_error="INVALID_REPLICATION_FACTOR")
        if len(set(target) - set(placed.replicas)) > 1:
            self.wrongs.append(f"{key} was copied twice at once")
        if any(self._is_known_dead(b) for b in target) and set(target) != set(placed.replicas):
            self.wrongs.append(f"{key} was sent to a dead broker")
        self.move(key, target)
        if len(placed.isr) < min(self.min_isr, len(placed.replicas)):
            self.wrongs.append(f"{key} is below min ISR")
        return None

    # As an observer

    def observe(
        self, parts: frozenset[Part], scope: Scope = EVERYTHING, progress: Progress | None = None
    ) -> ClusterSnapshot:
        self.sleep(LOOK_SECONDS)
        past = [topics for at, topics in self._past if at <= self.seconds - LAG_SECONDS]
        topics = past[-1] if past else self._topics()
        snapshot = replace(self.snapshot, topics=Observed(topics, 0))
        return FakeObserver(snapshot).observe(parts, scope, progress)

    @property
    def snapshot(self) -> ClusterSnapshot:
        """All there is, as it is."""
        moving = tuple(
            Reassignment(key, p.replicas, p.adding, p.removing)
            for key, p in sorted(self.partitions.items())
            if p.target is not None
        )
        least = ConfigEntry(
            name="min.insync.replicas", value=str(self.min_isr), source=ConfigSource.TOPIC,
            is_sensitive=False, is_read_only=False, synonyms=(),
        )  # fmt: skip
        return ClusterSnapshot(
            identity=Observed(
                ClusterIdentity(
                    cluster_id="test-cluster", controller_id=1, kafka_version="4.3",
                    features=(), operations=frozenset(),
                ), 0
            ),
            brokers=Observed(tuple(_broker(b, alive=up) for b, up in self.alive.items()), 0),
            topics=Observed(self._topics(), 0),
            topic_configs=Observed(
                {
                    n: {
                        least.name: least,
                        **self._set_on(ConfigTarget.TOPIC, n, ConfigSource.TOPIC),
                    }
                    for n in self._by_topic
                },
                0,
            ),
            broker_configs=Observed(
                {
                    b: self._set_on(ConfigTarget.BROKER, str(b), ConfigSource.BROKER)
                    for b, up in self.alive.items()
                    if up
                },
                0,
            ),
            metrics=Unknown(Why.NOT_CONFIGURED),
            reassignments=Observed(moving, 0),
            log_dirs=Observed({b: (self._log_dir(b),) for b, up in self.alive.items() if up}, 0),
        )  # fmt: skip

    def _topics(self) -> tuple[Topic, ...]:
        return tuple(
            Topic(
                name=name,
                id=f"id-of-{name}",
                is_internal=name.startswith("__"),
                partitions=tuple(self._partition(key, self.partitions[key]) for key in keys),
            )
            for name, keys in self._by_topic.items()
        )

    def _partition(self, key: TopicPartition, placed: Placed) -> Partition:
        nothing = NotApplicable("no ELR")
        return Partition(
            topic=key.topic, partition=key.partition, leader=placed.leader, leader_epoch=1,
            replicas=placed.replicas, isr=tuple(b for b in placed.replicas if b in placed.isr),
            offline_replicas=tuple(b for b in placed.replicas if not self.alive[b]),
            elr=nothing, last_known_elr=nothing,
        )  # fmt: skip

    def _log_dir(self, broker: int) -> LogDir:
        logs = [
            ReplicaLog(key, round(min(p.copied.get(broker, 0.0), p.size))
                       if broker not in p.isr else p.size, 0, is_future=False)
            for key, p in self.partitions.items() if broker in p.replicas
        ]  # fmt: skip
        room = self.usable.get(broker, 10**12)
        return LogDir(
            broker=broker, path="/data", error=None, total_bytes=10**13, usable_bytes=room,
            replicas=tuple(logs),
        )  # fmt: skip

    def validate(self, changes: Sequence[Change]) -> tuple[BrokerRefused | None, ...]:
        """Refuse nothing."""
        return (None,) * len(changes)

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _broker(number: int, *, alive: bool) -> Broker:
    return Broker(
        id=number, host=f"broker{number}", port=9092, rack=f"r{number % 3}", fenced=not alive,
        is_controller=number == 1, api_versions={},
    )  # fmt: skip
