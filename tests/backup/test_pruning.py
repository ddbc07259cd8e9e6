"""Pruning deletes whole backups of earlier lives and leftovers; what stays is verified as before."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backup.test_backup_commands import _run
from backup.test_capture import Backup, _log
from steward.backup.lineages import LineageStore
from steward.backup.pruning import Prunable, delete, prunable
from steward.backup.stores.local import LocalStore
from steward.backup.stores.port import ObjectStore
from steward.records.backup.layout import header_key, log_key
from support.cluster_of_logs import ClusterOfLogs
from support.memory_objects import MemoryStore
from support.partition_logs import PartitionLog

LATER = "2100-01-01T00:00:00.000Z"
EARLIER = "2000-01-01T00:00:00.000Z"
RECORD = (1_700_000_000_000, b"key", b"value", [("h", b"1")])


def _lives(store: ObjectStore) -> Backup:
    """Two lives of a topic, the second with a fork."""
    backup = Backup(ClusterOfLogs({0: _log(), 1: _log(2)}), store=store)
    backup.run()
    backup.cluster.topic_id = "AAAAAAAAAAAAAAAAAAAAAg"
    backup.run()
    backup.cluster.logs[0].truncate(6)
    backup.cluster.logs[0].write([RECORD], epoch=2)
    backup.run()
    return backup


def _found(backup: Backup, before: str) -> tuple[Prunable, ...]:
    found, unreadable = prunable(backup.store, backup.lineages(), before)
    assert unreadable == {}
    return found


def test_only_the_newest_backup_of_a_topic_stays_and_it_is_whole(store: ObjectStore) -> None:
    backup = _lives(store)
    assert [(one.fork) for one in backup.lineages()] == [1, 1, 2]
    assert _found(backup, EARLIER) == ()
    chosen = _found(backup, LATER)
    assert [(one.lineage.fork, one.is_whole) for one in chosen] == [(1, True), (1, True)]
    for one in chosen:
        delete(store, one)
    assert [(one.topic_id, one.fork) for one in backup.lineages()] == [
        ("AAAAAAAAAAAAAAAAAAAAAg", 2)
    ]
    assert backup.problems() == []
    assert backup.stored() == backup.cluster.logs[0].data
    assert backup.run().manifest.fork == 2
    assert _found(backup, LATER) == ()


def test_an_interrupted_deletion_is_repeated() -> None:
    store = MemoryStore()
    backup = _lives(store)
    first = _found(backup, LATER)[0]
    for number in range(len(first.keys)):
        objects = dict(store.objects)
        delete(store, replace(first, keys=first.keys[:number]))
        again = [one for one in _found(backup, LATER) if one.lineage == first.lineage]
        assert all(one.is_whole for one in again)
        assert bool(again) == (first.lineage in backup.lineages())
        for one in again:
            delete(store, one)
        assert first.lineage not in backup.lineages()
        store.objects = objects


def test_leftovers_go_and_what_a_running_backup_writes_stays() -> None:
    store = MemoryStore()
    backup = Backup(ClusterOfLogs({0: _log()}), store=store)
    done = backup.run()
    folder = backup.lineages()[0].folder
    left = {
        f"{folder}/{log_key(0, 1)}",
        f"{folder}/{header_key(log_key(0, 1))}",
        f"{folder}/runs/20200101T000000Z-00000000.manifest.json",
        f"{folder}/meta/20200101T000000Z-00000000.json",
    }
    later = {
        f"{folder}/{log_key(0, 12)}",
        f"{folder}/{header_key(log_key(0, 12))}",
        f"{folder}/runs/20990101T000000Z-00000000.manifest.json",
        f"{folder}/meta/20990101T000000Z-00000000.json",
        f"{folder}/of-somebody-else.txt",
    }
    whole = set(store.objects)
    for key in left | later:
        store.objects[key] = b"x"
    (found,) = _found(backup, EARLIER)
    assert (found.is_whole, set(found.keys), found.bytes) == (False, left, len(left))
    delete(store, found)
    assert set(store.objects) == whole | later
    assert done.manifest.run in "".join(whole)


def test_nothing_of_a_damaged_backup_goes() -> None:
    store = MemoryStore()
    backup = _lives(store)
    first = backup.lineages()[0]
    tip = LineageStore(store, first).tip()
    assert tip is not None
    store.objects[f"{first.folder}/runs/{tip.manifest.run}.manifest.json"] = b"{}"
    found, unreadable = prunable(store, backup.lineages(), LATER)
    assert first in unreadable
    assert first not in {one.lineage for one in found}


def _names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_command_deletes_with_yes_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _lives(LocalStore(tmp_path))
    before = _names(tmp_path)
    words = ("backup", "prune", "--older-than", "1d", "--from", str(tmp_path))
    data: Any
    for more, code in ((("--dry-run",), 0), ((), 4)):
        ended, document = _run(capsys, *words, *more)
        data = document["data"]
        assert (ended, data["deleted"], len(data["pruned"])) == (code, False, 2)
        assert _names(tmp_path) == before
    ended, document = _run(capsys, *words, "--yes")
    assert (ended, document["data"]["deleted"]) == (0, True)
    assert document["data"]["bytes"] == data["bytes"] > 0
    assert _run(capsys, "backup", "verify", "--from", str(tmp_path))[0] == 0
    ended, document = _run(capsys, *words, "--yes")
    assert (ended, document["data"]["pruned"]) == (0, [])


def test_a_topic_with_one_life_is_never_pruned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Backup(ClusterOfLogs({0: PartitionLog()}), store=LocalStore(tmp_path)).run()
    ended, document = _run(
        capsys, "backup", "prune", "--older-than", "1s", "--yes", "--from", str(tmp_path)
    )
    assert (ended, document["data"]["pruned"]) == (0, [])
