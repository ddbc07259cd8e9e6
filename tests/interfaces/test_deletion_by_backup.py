"""A production topic is deleted on the strength of a backup that holds every record of it, and of no other."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from backup.test_capture import Backup
from interfaces.test_topic_changes import CLUSTER
from steward.backup.stores.local import LocalStore
from steward.commands.api.context import Context
from steward.interfaces.cli import run as cli_run
from steward.model.change import DeleteTopic
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Observed, Unknown, Why
from steward.records.backup.manifest import (
    Counts,
    Manifest,
    OpenTransaction,
    PartitionManifest,
    StoredRange,
)
from steward.records.backup.sufficiency import why_not_enough
from steward.sandbox.places import state_dir
from support.changing import Changing
from support.cluster_of_logs import ClusterOfLogs
from support.cluster_text import NOW_MS, snapshot_of
from support.partition_logs import PartitionLog

RECORD = (1_700_000_000_000, b"key", b"value", [("h", b"1")])
DELETE = ("topic", "delete", "orders", "--backup")


@pytest.fixture
def run(
    changing: Callable[[dict[str, Any]], Changing], monkeypatch: pytest.MonkeyPatch
) -> Changing:
    made = partial(Context, now_ms=lambda: NOW_MS, sleep=lambda _: None)
    monkeypatch.setattr(cli_run, "Context", made)
    return changing(CLUSTER)


@pytest.fixture
def backups(run: Changing) -> Path:
    """The default location, in the state directory of this test."""
    return state_dir() / "backups"


def _backed_up(backups: Path, run: Changing) -> Backup:
    """Back up what the cluster on file says of the topic: the same id, offsets and cluster."""
    seen = run.cluster.snapshot.topics
    assert isinstance(seen, Observed)
    topic_id = next(t.id for t in seen.value if t.name == "orders")
    logs = {0: PartitionLog(start=10, end=10), 1: PartitionLog()}
    for number, records in ((0, 90), (1, 50)):
        logs[number].write([RECORD] * records)
    cluster = ClusterOfLogs(logs)
    cluster.topic_id = topic_id
    backup = Backup(cluster, store=LocalStore(backups))
    assert backup.run().problem == ""
    return backup


def _warned(document: Any) -> str:
    return " ".join(
        w["message"] for w in document["warnings"] if w["code"] == "backup_not_accepted"
    )


def test_it_goes_with_a_backup_of_every_record(run: Changing, backups: Path) -> None:
    backup = _backed_up(backups, run)
    assert run("topic", "delete", "orders", "--confirm", "orders").code == 4
    ran = run(*DELETE, "--confirm", "orders")
    assert ran.code == 0, (ran.told, ran.document["warnings"], ran.data["backup"])
    assert ran.data["backup"].endswith(f"in {backups}")
    deleted = [c for c in run.cluster.performed if isinstance(c, DeleteTopic)]
    assert [d.name for d in deleted] == ["orders"]
    bound = deleted[0].backup
    assert bound is not None
    assert (bound.end_offsets, bound.location) == ((100, 50), str(backups))
    tip = backup.runs(backup.lineages()[0])
    assert len(tip) == 1


def test_without_a_backup_it_stays(run: Changing, backups: Path) -> None:
    ran = run(*DELETE, "--confirm", "orders")
    assert ran.code == 4
    assert "there is none" in _warned(ran.document)
    assert run.cluster.performed == []


def _with_end(run: Changing, end: int) -> None:
    changed = snapshot_of({**CLUSTER, "offsets": {**CLUSTER["offsets"], "orders-1": [0, end]}})
    run.cluster.snapshot = replace(run.cluster.snapshot, offsets=changed.offsets)


def test_a_newer_record_keeps_it(run: Changing, backups: Path) -> None:
    _backed_up(backups, run)
    _with_end(run, 51)
    ran = run(*DELETE, "--confirm", "orders")
    assert ran.code == 4
    assert "partition 1: its log ends at offset 51, and at 50" in _warned(ran.document)
    assert run.cluster.performed == []


def test_a_record_written_after_the_plan_makes_it_stale(run: Changing, backups: Path) -> None:
    _backed_up(backups, run)
    plan = run(*DELETE, "--dry-run")
    assert plan.data["guard"]["ruling"] != "refuse"
    _with_end(run, 51)
    ran = run("plan", "execute", plan.data["id"], "--confirm", "orders")
    assert (ran.code, ran.data["outcome"]) == (6, "stale")
    assert "the backup no longer holds every record" in ran.told
    assert run.cluster.performed == []


def test_another_topic_of_the_name_is_another_topic(run: Changing, backups: Path) -> None:
    backup = _backed_up(backups, run)
    rmtree(backups)
    backup.cluster.topic_id = "another"
    backup.run()
    ran = run(*DELETE, "--confirm", "orders")
    assert (ran.code, run.cluster.performed) == (4, [])
    assert "there is none" in _warned(ran.document)


def test_a_damaged_backup_keeps_it(run: Changing, backups: Path) -> None:
    _backed_up(backups, run)
    path = min(backups.rglob("*.log"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    ran = run(*DELETE, "--confirm", "orders")
    assert (ran.code, run.cluster.performed) == (4, [])
    assert "it is damaged" in _warned(ran.document)


def test_a_backup_damaged_after_the_plan_keeps_it(run: Changing, backups: Path) -> None:
    _backed_up(backups, run)
    plan = run(*DELETE, "--dry-run")
    for path in backups.rglob("*.log"):
        path.unlink()
    ran = run("plan", "execute", plan.data["id"], "--confirm", "orders")
    assert (ran.code, run.cluster.performed) == (6, [])


def test_an_active_group_keeps_it(
    changing: Callable[[dict[str, Any]], Changing], run: Changing, backups: Path
) -> None:
    busy = changing({**CLUSTER, "groups": {"idle": {"state": "Stable"}}})
    _backed_up(backups, busy)
    ran = busy(*DELETE, "--confirm", "orders")
    assert (ran.code, busy.cluster.performed) == (4, [])


PART = PartitionManifest(
    partition=0, log_start=0, high_watermark=5, last_stable_offset=5,
    stored=StoredRange(base=0, logical_start=0, next_offset=5), counts=Counts(records=5),
)  # fmt: skip
NOW = {0: PartitionOffsets(0, 5, 5)}


def _manifest(part: PartitionManifest) -> Manifest:
    return Manifest(
        run="r", began_at="", ended_at="", cluster_id="c", topic="orders", topic_id="i",
        compacted=False, meta="", partitions=(part,),
    )  # fmt: skip


def test_a_backup_of_everything_is_enough() -> None:
    assert why_not_enough([_manifest(PART)], NOW) == ""
    holes = replace(PART, gap_counts={"compacted-batch": 9, "txn-marker-removed": 1})
    assert why_not_enough([_manifest(holes)], NOW) == ""


@pytest.mark.parametrize(
    ("part", "now", "why"),
    [
        (PART, {0: PartitionOffsets(0, 6, 6)}, "ends at offset 6"),
        (PART, {0: PartitionOffsets(0, 4, 4)}, "ends at offset 4"),
        (PART, {0: Unknown(Why.DENIED, "no")}, "is unknown"),
        (PART, {**NOW, 1: PartitionOffsets(0, 0, 0)}, "partition 1 is not in the backup"),
        (PART, {}, "the topic has no partition 0"),
        (replace(PART, incomplete="stopped"), NOW, "stopped"),
        (replace(PART, gap_counts={"unknown": 1}), NOW, "missing (unknown)"),
        (replace(PART, gap_counts={"retention-before-reach": 2}), NOW, "retention-before-reach"),
        (
            replace(PART, open_transactions=(OpenTransaction(producer_id=9, first_offset=5),)),
            NOW,
            "open transaction",
        ),
        (
            replace(PART, stored=StoredRange(base=0, logical_start=0, next_offset=3)),
            NOW,
            "records from offset 3 to 4 are not stored",
        ),
    ],
)
def test_each_shortfall_alone_keeps_the_topic(
    part: PartitionManifest, now: dict[int, Any], why: str
) -> None:
    assert why in why_not_enough([_manifest(part)], now)
    assert why_not_enough([], now) == "there is no complete run"


def test_a_gap_of_an_earlier_run_counts() -> None:
    runs = [_manifest(PART), _manifest(replace(PART, gap_counts={"unknown": 1}))]
    assert "missing (unknown)" in why_not_enough(runs, NOW)
