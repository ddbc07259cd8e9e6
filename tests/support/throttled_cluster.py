"""A cluster in memory whose throttles are set, with brokers that go down and a process that dies at any request."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from steward.analysis.rebalance.moves.hops import Hop
from steward.change.execution.throttles.ledger import ThrottleLedger
from steward.change.execution.throttles.pacing import PaceControl
from steward.change.execution.throttles.throttling import Throttling
from steward.change.execution.throttles.write_rates import WriteRates
from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kinds import kind_of
from steward.cluster.ports import EVERYTHING, Progress, Scope
from steward.model.change import AlterConfigs, Change, ConfigTarget
from steward.model.error import BrokerRefused, ClusterUnreachable, StewardError
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.throttle import THROTTLED_RATES, THROTTLED_REPLICAS
from steward.model.topic import Reassignment
from steward.model.unknown import Observed, Unknown, Why
from steward.store.leases import FencingToken, Leases
from steward.store.throttles import ThrottleTable
from support.cluster_text import NOW_MS, snapshot_of
from support.fake_observer import FakeObserver
from support.leases import fence_by

TOPIC_VALUE = "DYNAMIC_TOPIC_CONFIG"
BROKER_VALUE = "DYNAMIC_BROKER_CONFIG"


class Died(BaseException):
    """The process was killed: nothing after this happened."""


class ThrottledCluster:
    """Observer and changer; ``dies_in`` counts the requests and writes that are left, None: it lives for ever."""

    def __init__(
        self,
        lists: Mapping[tuple[str, str], str | None],
        rates: Mapping[tuple[int, str], str | None],
        brokers: Sequence[int] = (1, 2, 3, 4),
        **parts: Any,
    ) -> None:
        topics = sorted({topic for topic, _ in lists})
        self.snapshot = snapshot_of(
            {
                "identity": {"version": "4.3", "controller": 1},
                "brokers": " ".join(str(b) for b in brokers),
                "topics": {t: ["1* 2", "2* 3", "3* 1"] for t in topics},
                "topic_configs": {
                    t: {
                        key: [value, TOPIC_VALUE]
                        for (topic, key), value in lists.items()
                        if topic == t and value is not None
                    }
                    for t in topics
                },
                "broker_configs": {
                    b: {
                        key: [value, BROKER_VALUE]
                        for (broker, key), value in rates.items()
                        if broker == b and value is not None
                    }
                    for b in brokers
                },
                **parts,
            }
        )
        self.down: set[int] = set()
        self.moving: set[TopicPartition] = set()
        self.dies_in: int | None = None
        self.performed: list[AlterConfigs] = []

    def point(self) -> None:
        """Die here, if it is time."""
        if self.dies_in is not None:
            self.dies_in -= 1
            if self.dies_in < 0:
                raise Died

    def observe(
        self, parts: frozenset[Part], scope: Scope = EVERYTHING, progress: Progress | None = None
    ) -> ClusterSnapshot:
        return FakeObserver(self._as_seen()).observe(parts, scope, progress)

    def _as_seen(self) -> ClusterSnapshot:
        brokers: Any = self.snapshot.brokers
        configs: Any = self.snapshot.broker_configs
        gone = Unknown(Why.UNREACHABLE, "the broker is fenced")
        return replace(
            self.snapshot,
            brokers=Observed(
                tuple(replace(b, fenced=b.id in self.down) for b in brokers.value), NOW_MS
            ),
            broker_configs=Observed(
                {b: gone if b in self.down else c for b, c in configs.value.items()}, NOW_MS
            ),
            reassignments=Observed(
                tuple(Reassignment(p, (1, 2), (2,), ()) for p in sorted(self.moving)), NOW_MS
            ),
        )

    def denied(self, changes: Sequence[Change]) -> tuple[None, ...]:
        return (None,) * len(changes)

    def perform(
        self, changes: Sequence[Change], passwords: Mapping[Any, Any]
    ) -> tuple[StewardError | None, ...]:
        places = [(c.target, c.name) for c in changes if isinstance(c, AlterConfigs)]
        assert len(set(places)) == len(changes), "each resource must appear at most once"
        return tuple(self._one(change) for change in changes)

    def _one(self, change: Change) -> StewardError | None:
        assert isinstance(change, AlterConfigs)
        self.point()
        if change.target is ConfigTarget.BROKER and int(change.name) in self.down:
            return ClusterUnreachable(f"broker {change.name} is not reachable")
        self.performed.append(change)
        self.alter(change)
        self.point()
        return None

    def alter(self, change: AlterConfigs) -> None:
        """Let somebody change it."""
        state = ClusterState(self.snapshot)
        kind_of(change).apply(change, state)
        self.snapshot = state.to_snapshot()

    @property
    def throttles(self) -> tuple[dict[Any, str | None], dict[Any, str | None]]:
        """The lists and the rates that are set, as texts."""
        topics: Any = self.snapshot.topic_configs
        brokers: Any = self.snapshot.broker_configs
        return (
            {
                (topic, key): found[key].value if key in found else None
                for topic, found in topics.value.items()
                for key in THROTTLED_REPLICAS
            },
            {
                (broker, key): found[key].value if key in found else None
                for broker, found in brokers.value.items()
                for key in THROTTLED_RATES
            },
        )

    def throttling(self, stored: ThrottleTable, wished: int, plan_id: str = "plan") -> Throttling:
        """Begin to throttle, as a process that was just started does."""
        ticks = iter(range(1_000_000))
        dying: Any = DyingThrottles(stored, self)
        observer: Any = self
        return Throttling(
            plan_id=plan_id,
            rate_limit=wished,
            observer=observer,
            changer=self,
            ledger=ThrottleLedger(dying, "c", fence_by(Leases(stored._database))),
            written=WriteRates(observer=observer, sleep=lambda _: None, clock=lambda: 0.0),
            pacing=PaceControl(observer=observer, clock=lambda: 0.0),
            sleep=lambda _: None,
            clock=lambda: float(next(ticks)),
        )

    def validate(self, changes: Sequence[Change]) -> tuple[BrokerRefused | None, ...]:
        """Refuse nothing."""
        return (None,) * len(changes)

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class DyingThrottles:
    """The store's throttles, with a point before and after each write."""

    def __init__(self, stored: ThrottleTable, cluster: ThrottledCluster) -> None:
        self._stored = stored
        self._cluster = cluster

    def held(self, cluster: str) -> Any:
        return self._stored.held(cluster)

    def write(self, cluster: str, fence: FencingToken, put: Any = (), drop: Any = ()) -> None:
        self._cluster.point()
        self._stored.write(cluster, fence, put, drop)
        self._cluster.point()


def hop(topic: str, partition: int, sources: tuple[int, ...], adding: int) -> Hop:
    """Return a hop that replaces the last replica."""
    return Hop(
        partition=TopicPartition(topic, partition),
        replicas=(*sources[:-1], adding),
        adding=(adding,),
        removing=sources[-1:],
        sources=sources,
        leader=sources[0],
    )


def store_folder(path: Path) -> str:
    """Return the URL of a store in a folder."""
    return f"sqlite:///{path}/steward.db"
