"""`steward backup restore` on real brokers: planned, executed, continued after an interruption, retention held off."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import NewTopic

import steward.__main__ as entry
from steward.change.execution.restore import topic_restore
from steward.cluster.record_writer import KafkaRecordWriter
from support.live_admin import admin_client, client_settings, commit, done
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

TOPIC, GROUP = "restorable-orders", "restorable-billing"
COMMITTED = {0: 250, 1: 1_000}
RECORDS, PARTITIONS = 3_000, 3
MONTH_MS = 30 * 86_400_000


@pytest.fixture(scope="module")
def backup(
    sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningSandbox, Path]]:
    """A topic of 60 days of retention whose records are a month old, and its backup."""
    admin = admin_client(sandbox.connection)
    configs = {
        "retention.ms": str(2 * MONTH_MS),
        "min.insync.replicas": "2",
        "cleanup.policy": "compact,delete",
    }
    done(admin.create_topics([NewTopic(TOPIC, PARTITIONS, 3, config=configs)]))
    producer = Producer(client_settings(sandbox.connection) | {"batch.num.messages": 100})
    then = int(time.time() * 1000) - MONTH_MS
    for i in range(RECORDS):
        producer.produce(
            TOPIC, b"value %d" % i * 20, b"key %d" % i, partition=i % PARTITIONS, timestamp=then + i
        )
    assert producer.flush(30) == 0
    consumer = Consumer(client_settings(sandbox.connection) | {"group.id": GROUP})
    commit(
        consumer, [Position(TOPIC, partition, offset) for partition, offset in COMMITTED.items()]
    )
    consumer.close()
    folder = tmp_path_factory.mktemp("backups")
    words = ["backup", "create", TOPIC, "--to", str(folder), "--cluster", sandbox.name]
    assert entry.run([*words, "-o", "json"]) == 0
    yield sandbox, folder
    done(admin.delete_consumer_groups([GROUP]))
    done(admin.delete_topics([TOPIC]))


class Steward:
    """Runs the command line in this process; returns exit code and JSON."""

    def __init__(self, capsys: pytest.CaptureFixture[str], sandbox: RunningSandbox) -> None:
        self._capsys, self._sandbox = capsys, sandbox

    def __call__(self, *words: str) -> tuple[int, Any]:
        self._capsys.readouterr()
        code = entry.run([*words, "--cluster", self._sandbox.name, "-o", "json"])
        return code, json.loads(self._capsys.readouterr().out)

    def ends(self, topic: str) -> list[int]:
        _, shown = self("topic", "describe", topic)
        (described,) = shown["data"]["topics"]
        return [p["end_offset"] for p in described["partitions"]]


@pytest.fixture
def steward(backup: tuple[RunningSandbox, Path], capsys: pytest.CaptureFixture[str]) -> Steward:
    return Steward(capsys, backup[0])


def _deleted(sandbox: RunningSandbox, topic: str) -> None:
    admin = admin_client(sandbox.connection)
    done(admin.delete_topics([topic]))


def test_a_month_old_topic_is_restored_whole_with_retention_held_off(
    backup: tuple[RunningSandbox, Path], steward: Steward
) -> None:
    sandbox, folder = backup
    copy = f"{TOPIC}-copy"
    words = ["backup", "restore", TOPIC, "--as", copy, "--from", str(folder)]
    code, planned = steward(*words, "--dry-run")
    assert code == 0, planned
    assert [s["kind"] for s in planned["data"]["steps"]] == ["CreateTopics", "Produce"]
    code, restored = steward(*words, "--yes")
    assert code == 0, restored
    assert [s["status"] for s in restored["data"]["execution"]["steps"]] == ["done", "done"]
    (notice,) = [w for w in restored["warnings"] if w["code"] == "retention_held_off"]
    assert f"up to 0 records of {RECORDS:,}" in notice["message"]
    code, shown = steward("topic", "describe", copy, "--section", "configs")
    configs = {c["name"]: c["value"] for c in shown["data"]["topics"][0]["configs"]}
    assert (configs["retention.ms"], configs["cleanup.policy"]) == ("-1", "delete")
    assert configs["min.insync.replicas"] == "2"
    assert steward.ends(copy) == [RECORDS // PARTITIONS] * PARTITIONS
    maps = sorted(folder.glob("*/*/*/restores/*/p*.json"))
    assert len(maps) == PARTITIONS
    found = json.loads(maps[0].read_text())
    assert (found["topic"], found["runs"]) == (
        copy,
        [{"source": 0, "length": RECORDS // PARTITIONS, "target": 0}],
    )
    _translates_offsets(sandbox, steward, copy, str(folder))
    code, again = steward(*words, "--yes")
    assert code != 0, again
    _deleted(sandbox, copy)


def _translates_offsets(sandbox: RunningSandbox, steward: Steward, copy: str, folder: str) -> None:
    words = ["backup", "translate-offsets", TOPIC, "--as", copy, "--from", folder, "--yes"]
    code, document = steward(*words)
    assert code == 0, document
    rows = {r["partition"]: r for r in document["data"]["offsets"]}
    end = RECORDS // PARTITIONS
    assert {p: (r["new_offset"], r["lag_then"], r["new_lag"]) for p, r in rows.items()} == {
        p: (offset, end - offset, end - offset) for p, offset in COMMITTED.items()
    }
    consumer = Consumer(client_settings(sandbox.connection) | {"group.id": GROUP})
    found = consumer.committed([Position(copy, p) for p in range(PARTITIONS)], 30)
    consumer.close()
    assert {p.partition: p.offset for p in found if p.offset >= 0} == COMMITTED
    code, document = steward(*words, "--groups", "nobody")
    assert code == 1
    assert "nobody" in document["errors"][0]["message"]


def test_an_interrupted_restore_is_continued_by_its_plan(
    backup: tuple[RunningSandbox, Path], steward: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox, folder = backup
    copy = f"{TOPIC}-interrupted"
    restorer, write, calls = topic_restore.TopicRestorer, KafkaRecordWriter.write, [0]

    def in_small_windows(*args: Any, **named: Any) -> Any:
        return restorer(*args, **named, window_bytes=20_000)

    def stopping(self: Any, topic: str, batches: Mapping[int, Sequence[bytes]]) -> Any:
        calls[0] += 1
        if calls[0] == 4:
            write(self, topic, batches)  # written, but this process never hears of it
            raise KeyboardInterrupt
        return write(self, topic, batches)

    monkeypatch.setattr(topic_restore, "TopicRestorer", in_small_windows)
    monkeypatch.setattr(KafkaRecordWriter, "write", stopping)
    words = ["backup", "restore", TOPIC, "--as", copy, "--from", str(folder), "--yes"]
    assert entry.run([*words, "--cluster", sandbox.name, "-o", "json"]) != 0
    written = sum(steward.ends(copy))
    assert 0 < written < RECORDS
    code, listed = steward("plan", "list")
    plan = next(p for p in listed["data"]["plans"] if copy in p["title"])
    code, resumed = steward("plan", "resume", plan["id"], "--yes")
    assert code == 0, resumed
    assert steward.ends(copy) == [RECORDS // PARTITIONS] * PARTITIONS
    maps = [json.loads(p.read_text()) for p in folder.glob("*/*/*/restores/*/p*.json")]
    of_copy = [m for m in maps if m["topic"] == copy]
    assert [m["target_end"] for m in of_copy] == [RECORDS // PARTITIONS] * PARTITIONS
    _deleted(sandbox, copy)
