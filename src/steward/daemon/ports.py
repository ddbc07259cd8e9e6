"""Interfaces that the daemon needs: clocks, a store that may be unavailable, and an alert judge."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from steward.analysis.alerting.facts import TickFacts
from steward.model.history import GroupEvent, GroupPoint
from steward.model.load import BrokerLoadSample


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _wait(event: threading.Event, seconds: float) -> bool:
    return event.wait(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The clocks in use; ``wait`` returns early, and True, when the event is set."""

    monotonic: Callable[[], float] = time.monotonic
    now_ms: Callable[[], int] = _wall_ms
    wait: Callable[[threading.Event, float], bool] = _wait


class HistoryStore(Protocol):
    """Stores points of groups."""

    def append(self, cluster: str, at_ms: int, points: Iterable[GroupPoint]) -> None:
        """Save one poll."""
        ...


class OffsetHistoryStore(Protocol):
    """Stores shards of offset history."""

    def save(self, cluster: str, put: Mapping[str, bytes], drop: Collection[str] = ()) -> None:
        """Write some and delete others, all or none."""
        ...

    def load(self, cluster: str) -> Mapping[str, bytes]:
        """Return all of a cluster."""
        ...


class EventStore(Protocol):
    """Stores group events."""

    def append(self, cluster: str, events: Iterable[GroupEvent]) -> None:
        """Save events."""
        ...


class GroupSampleStore(Protocol):
    """Stores recent samples of groups."""

    def append(self, cluster: str, at_ms: int, samples: Mapping[str, bytes]) -> None:
        """Save one sample each of some groups."""
        ...


class LoadStore(Protocol):
    """Stores load of brokers."""

    def append(self, cluster: str, loads: Iterable[BrokerLoadSample]) -> None:
        """Save samples."""
        ...


class ClusterStore(Protocol):
    """Maps profile names to cluster ids."""

    def learn(self, name: str, cluster_id: str) -> object:
        """Record that a cluster answers under a name."""
        ...


class DaemonStore(Protocol):
    """The store; every call may raise StoreUnavailable."""

    @property
    def clusters(self) -> ClusterStore:
        """Cluster ids by name."""
        ...

    @property
    def history(self) -> HistoryStore:
        """Points of groups."""
        ...

    @property
    def offset_history(self) -> OffsetHistoryStore:
        """Offset history."""
        ...

    @property
    def events(self) -> EventStore:
        """Group events."""
        ...

    @property
    def group_samples(self) -> GroupSampleStore:
        """Recent group samples."""
        ...

    @property
    def loads(self) -> LoadStore:
        """Load of brokers."""
        ...

    def maintain(self, now_ms: int) -> None:
        """Merge and delete aged data."""
        ...

    def size_bytes(self) -> int:
        """Return the size of the data."""
        ...

    def close(self) -> None:
        """Close the database."""
        ...


class AlertJudge(Protocol):
    """Judges alerts and notifies receivers; never raises."""

    def tick(self, facts: TickFacts) -> object:
        """Process the facts of one poll, successful or not; the return value is ignored."""
        ...
