"""A run killed at any operation on its store is continued by the next: a whole chain, nothing lost, nothing doubled."""

from collections.abc import Callable
from itertools import count

import pytest

from backup.test_capture import Backup
from steward.records.backup.manifest import Manifest
from support.cluster_of_logs import TOPIC, ClusterOfLogs
from support.memory_objects import MemoryStore
from support.partition_logs import PartitionLog

RECORD = (1_700_000_000_000, b"key", b"value", [("h", b"1")])


class _Killed(BaseException):
    """The process is gone: nothing after it runs."""


class _KillingStore(MemoryStore):
    """Ends the process before or after its n-th operation; a writer that is not committed leaves nothing."""

    def __init__(self, objects: dict[str, bytes], at: int, *, after: bool) -> None:
        super().__init__()
        self.objects = objects
        self._left, self._after = at, after
        self.is_killed = False

    def _point(self, work: Callable[[], None]) -> None:
        if self.is_killed:
            raise _Killed
        self._left -= 1
        self.is_killed = self._left < 0
        if self.is_killed and not self._after:
            raise _Killed
        work()
        if self.is_killed:
            raise _Killed

    def put(self, key: str, content: bytes) -> None:
        self._point(lambda: MemoryStore.put(self, key, content))

    def put_if(self, key: str, content: bytes, version: str | None) -> None:
        self._point(lambda: MemoryStore.put_if(self, key, content, version))

    def delete(self, key: str) -> None:
        self._point(lambda: MemoryStore.delete(self, key))

    def writer(self, key: str) -> "_KillingWriter":  # type: ignore[override]
        return _KillingWriter(self, MemoryStore.writer(self, key))


class _KillingWriter:
    def __init__(self, store: _KillingStore, writer: object) -> None:
        self._store, self._writer = store, writer

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._store._point(lambda: self._writer.write(data))  # type: ignore[attr-defined]

    def commit(self) -> None:
        self._store._point(lambda: self._writer.commit())  # type: ignore[attr-defined]

    def abort(self) -> None:
        return


def _cluster() -> ClusterOfLogs:
    logs = {n: PartitionLog() for n in range(3)}
    for log in logs.values():
        for round_ in range(4):
            log.write([RECORD] * 3, "lz4" if round_ % 2 else "none")
        log.transaction(7, [RECORD] * 2, commit=False)
        log.transaction(7, [RECORD] * 2, commit=True)
    return ClusterOfLogs(logs, limit=200, topic_configs={TOPIC: {"cleanup.policy": "delete"}})


def _whole(backup: Backup) -> None:
    for number, log in backup.cluster.logs.items():
        assert backup.stored(number) == log.data
    assert backup.problems() == []
    (lineage,) = backup.lineages()
    runs: list[Manifest] = backup.runs(lineage)
    counted = sum(p.counts.aborted for run in runs for p in run.partitions)
    assert counted == 2 * len(backup.cluster.logs)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("runs_before", [0, 1])
def test_every_kill_point_is_continued(runs_before: int, after: bool) -> None:
    for at in count():
        cluster = _cluster()
        objects: dict[str, bytes] = {}
        whole = MemoryStore()
        whole.objects = objects
        backup = Backup(cluster, store=whole, object_bytes=200)
        for _ in range(runs_before):
            backup.run()
            for log in cluster.logs.values():
                log.write([RECORD] * 2)
        store = _KillingStore(objects, at, after=after)
        try:
            Backup(cluster, store=store, object_bytes=200).run()
        except _Killed:
            cluster.logs[0].write([RECORD])
            backup.run()
            _whole(backup)
            continue
        assert at > 10  # kill points tried
        _whole(backup)
        return


def test_killed_again_and_again_it_ends_whole() -> None:
    cluster, objects = _cluster(), dict[str, bytes]()
    for at in range(2, 60, 3):
        try:
            Backup(cluster, store=_KillingStore(objects, at, after=False), object_bytes=200).run()
        except _Killed:
            cluster.logs[1].write([RECORD])
    store = MemoryStore()
    store.objects = objects
    backup = Backup(cluster, store=store, object_bytes=200)
    backup.run()
    _whole(backup)


def test_a_damaged_remainder_is_copied_again() -> None:
    cluster, objects = _cluster(), dict[str, bytes]()
    with pytest.raises(_Killed):
        Backup(cluster, store=_KillingStore(objects, 12, after=False), object_bytes=200).run()
    key = min(k for k in objects if k.endswith(".log"))
    objects[key] = objects[key][:-1]
    store = MemoryStore()
    store.objects = objects
    backup = Backup(cluster, store=store, object_bytes=200)
    backup.run()
    _whole(backup)
