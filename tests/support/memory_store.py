"""A store that lives in memory and can be taken away, for tests of what the daemon does about it."""

from collections.abc import Collection, Iterable, Mapping

from steward.model.error import StoreTrouble, StoreUnavailable
from steward.model.history import GroupEvent, GroupPoint
from steward.model.load import BrokerLoadSample


class MemoryStore:
    """Keeps everything; while ``away`` every call fails."""

    def __init__(self) -> None:
        self.away = False
        self.calls = 0
        self.points: list[tuple[str, int, tuple[GroupPoint, ...]]] = []
        self.shards: dict[str, dict[str, bytes]] = {}
        self.happened: list[GroupEvent] = []
        self.maintained = 0
        self.closed = False
        self.kept: list[tuple[str, int, dict[str, bytes]]] = []
        self.history, self.offset_history, self.events = (
            _History(self),
            _OffsetHistory(self),
            _Events(self),
        )
        self.group_samples = _GroupSamples(self)
        self.learned: dict[str, str] = {}
        self.clusters = _Clusters(self)
        self.carried: list[BrokerLoadSample] = []
        self.loads = _Loads(self)

    def check(self) -> None:
        self.calls += 1
        if self.away:
            raise StoreUnavailable("the store is locked", why=StoreTrouble.LOCKED)

    def maintain(self, now_ms: int) -> None:
        self.check()
        self.maintained += 1

    def size_bytes(self) -> int:
        return sum(len(b) for shards in self.shards.values() for b in shards.values())

    def close(self) -> None:
        self.closed = True


class _Part:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store


class _Clusters(_Part):
    def learn(self, name: str, cluster_id: str) -> bool:
        self._store.check()
        self._store.learned[name] = cluster_id
        return True


class _History(_Part):
    def append(self, cluster: str, at_ms: int, points: Iterable[GroupPoint]) -> None:
        self._store.check()
        self._store.points.append((cluster, at_ms, tuple(points)))


class _OffsetHistory(_Part):
    def save(self, cluster: str, put: Mapping[str, bytes], drop: Collection[str] = ()) -> None:
        self._store.check()
        shards = self._store.shards.setdefault(cluster, {})
        for name in drop:
            shards.pop(name, None)
        shards.update(put)

    def load(self, cluster: str) -> Mapping[str, bytes]:
        self._store.check()
        return dict(self._store.shards.get(cluster, {}))


class _Events(_Part):
    def append(self, cluster: str, events: Iterable[GroupEvent]) -> None:
        self._store.check()
        self._store.happened += events


class _GroupSamples(_Part):
    def append(self, cluster: str, at_ms: int, samples: Mapping[str, bytes]) -> None:
        self._store.check()
        self._store.kept.append((cluster, at_ms, dict(samples)))


class _Loads(_Part):
    def append(self, cluster: str, loads: Iterable[BrokerLoadSample]) -> None:
        self._store.check()
        self._store.carried += loads
