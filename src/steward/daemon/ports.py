"""What the daemon needs of others: clocks, a store that may be away, and someone who judges alerts."""

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
    """Keeps points of groups."""

    def append(self, cluster: str, at_ms: int, points: Iterable[GroupPoint]) -> None:
        """Keep one look."""
        ...


class OffsetHistoryStore(Protocol):
    """Keeps shards of rings."""

    def save(self, cluster: str, put: Mapping[str, bytes], drop: Collection[str] = ()) -> None:
        """Write some and delete others, all or none."""
        ...

    def load(self, cluster: str) -> Mapping[str, bytes]:
        """Return all of a cluster."""
        ...


class EventStore(Protocol):
    """Keeps what happened to groups."""

    def append(self, cluster: str, events: Iterable[GroupEvent]) -> None:
        """Keep events."""
        ...


class LookStore(Protocol):
    """Keeps looks at groups for minutes."""

    def append(self, cluster: str, at_ms: int, looks: Mapping[str, bytes]) -> None:
        """Keep one look at each of some groups."""
        ...


class LoadStore(Protocol):
    """Keeps what brokers carry."""

    def append(self, cluster: str, loads: Iterable[BrokerLoadSample]) -> None:
        """Keep samples."""
        ...


class ClusterStore(Protocol):
    """Knows which cluster answers under a profile's name."""

    def learn(self, name: str, cluster_id: str) -> object:
        """Write down that a cluster answers under a name now."""
        ...


class DaemonStore(Protocol):
    """What lasts; every call may raise StoreUnavailable."""

    @property
    def clusters(self) -> ClusterStore:
        """Ids by name."""
        ...

    @property
    def history(self) -> HistoryStore:
        """Points of groups."""
        ...

    @property
    def rings(self) -> OffsetHistoryStore:
        """Shards of rings."""
        ...

    @property
    def events(self) -> EventStore:
        """What happened to groups."""
        ...

    @property
    def looks(self) -> LookStore:
        """Looks at groups."""
        ...

    @property
    def loads(self) -> LoadStore:
        """What brokers carry."""
        ...

    def maintain(self, now_ms: int) -> None:
        """Merge and delete what has aged."""
        ...

    def size_bytes(self) -> int:
        """Return how much it takes."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


class AlertJudge(Protocol):
    """Judges alerts, tells people, and never raises."""

    def tick(self, facts: TickFacts) -> object:
        """Take the facts of one look, successful or not; what it returns is not looked at."""
        ...
