"""Backups of real topics: byte for byte what the brokers' own files hold, as Kafka's own tool reads them."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

import steward.__main__ as entry
from steward.backup.lineages import LineageStore, all_lineages
from steward.backup.stores.local import LocalStore
from steward.records.backup.header_index import read_header_index
from steward.records.backup.layout import header_key
from steward.sandbox.places import sandbox_home
from steward.sandbox.tools import run_tool
from support.live_admin import admin_client, client_settings, done
from support.running_sandbox import RunningSandbox
from support.waiting import until

pytestmark = pytest.mark.brokers

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
MIXED, ABORTED, COMPACTED, LARGE, AGAIN = (
    "backup-mixed",
    "backup-aborted",
    "backup-compacted",
    "backup-large",
    "backup-again",
)
_BATCH = re.compile(
    r"baseOffset: (\d+) lastOffset: (\d+) count: (\d+) baseSequence: (-?\d+) .*producerId: (-?\d+) producerEpoch: "
    r"(-?\d+) partitionLeaderEpoch: (\d+) .*position: (\d+) .*size: (\d+) .*compresscodec: (\w+) "
    r"crc: (\d+) isvalid: (\w+)"
)


@pytest.fixture(scope="module")
def topics(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    admin = admin_client(sandbox.connection)
    compacted = {
        "cleanup.policy": "compact",
        "segment.ms": "1000",
        "min.cleanable.dirty.ratio": "0.01",
    }
    done(
        admin.create_topics(
            [
                NewTopic(MIXED, 3, 1),
                NewTopic(ABORTED, 1, 1),
                NewTopic(COMPACTED, 1, 1, config=compacted),
                NewTopic(LARGE, 2, 1),
            ]
        )
    )
    settings = client_settings(sandbox.connection)
    for codec in CODECS:
        _write(settings | {"compression.type": codec}, MIXED, 300, partitions=3)
    _write_in_transactions(settings)
    for _ in range(3):
        _write(settings, COMPACTED, 200, keys=20)
    yield sandbox
    done(admin.delete_topics([MIXED, ABORTED, COMPACTED, LARGE]))


def _write(
    settings: dict[str, Any], topic: str, records: int, *, partitions: int = 1, keys: int = 0
) -> None:
    producer = Producer(settings | {"batch.num.messages": 50})
    for i in range(records):
        key = b"key-%d" % (i % keys) if keys else None
        producer.produce(
            topic, b"value %d " % i * 20, key, partition=i % partitions, headers=[("h", b"1")]
        )
    assert producer.flush(30) == 0


def _write_in_transactions(settings: dict[str, Any]) -> None:
    producer = Producer(settings | {"transactional.id": ABORTED})
    producer.init_transactions(30)
    for keep in (True, False, False, True):
        producer.begin_transaction()
        for _ in range(10):
            producer.produce(ABORTED, b"v", b"k", partition=0)
        producer.flush(30)
        if keep:
            producer.commit_transaction(30)
        else:
            producer.abort_transaction(30)


def _run(
    capsys: pytest.CaptureFixture[str], sandbox: RunningSandbox, *words: str
) -> tuple[int, Any]:
    capsys.readouterr()
    code = entry.run([*words, "--cluster", sandbox.name, "-o", "json"])
    return code, json.loads(capsys.readouterr().out)


def _logs(folder: Path, topic: str, partition: int = 0) -> list[Path]:
    return sorted(folder.glob(f"*/{topic}/*/p{partition:05d}/*.log"))


def _stored(folder: Path, topic: str, partition: int = 0) -> bytes:
    return b"".join(path.read_bytes() for path in _logs(folder, topic, partition))


def _segments(sandbox: RunningSandbox, topic: str, partition: int) -> bytes:
    """The partition's segment files, as its broker has them on disk; preallocated zeros left out."""
    found = sandbox_home(sandbox.name).rglob(f"{topic}-{partition}/*.log")
    return b"".join(path.read_bytes() for path in sorted(found, key=lambda path: path.name))


def test_objects_hold_what_the_segment_files_of_brokers_hold(
    topics: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, document = _run(capsys, topics, "backup", "create", MIXED, ABORTED, "--to", str(tmp_path))
    assert (code, document["errors"], document["warnings"]) == (0, [], [])
    for partition in range(3):
        assert _stored(tmp_path, MIXED, partition) == _segments(topics, MIXED, partition) != b""
    assert _stored(tmp_path, ABORTED) == _segments(topics, ABORTED, 0)
    rows = {t["name"]: t for t in document["data"]["topics"]}
    assert rows[MIXED]["records"] == 5 * 300
    assert rows[ABORTED]["records"] == 4 * 10 + 4
    code, shown = _run(capsys, topics, "backup", "show", ABORTED, "--from", str(tmp_path))
    part = shown["data"]["partitions"][0]
    assert (part["control_records"], part["aborted_records"], part["next_offset"]) == (4, 20, 44)
    code, verified = _run(capsys, topics, "backup", "verify", "--from", str(tmp_path))
    assert (code, verified["data"]["verdict"]) == (0, "verified")
    assert verified["data"]["records"] == 5 * 300 + 44


def test_kafkas_own_tool_reads_every_object_and_agrees_on_every_batch(
    topics: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(capsys, topics, "backup", "create", MIXED, ABORTED, "--to", str(tmp_path))[0] == 0
    logs = [p for n in range(3) for p in _logs(tmp_path, MIXED, n)] + _logs(tmp_path, ABORTED)
    said = run_tool(
        topics.name, "kafka-dump-log", ["--deep-iteration", "--files", ",".join(map(str, logs))]
    )
    assert said.returncode == 0, said.stderr
    theirs = [found.groups() for found in _BATCH.finditer(said.stdout)]
    ours: list[tuple[str, ...]] = []
    for path in logs:
        index = read_header_index(Path(header_key(str(path))).read_bytes())
        assert index is not None
        ours += [
            tuple(
                str(value)
                for value in (
                    row["base_offset"], row["base_offset"] + row["last_offset_delta"], row["record_count"],
                    row["base_sequence"], row["producer_id"], row["producer_epoch"], row["leader_epoch"],
                    row["position"], row["length"] + 12, CODECS[row["attributes"] & 7], row["crc"], "true",
                )
            )
            for row in index.rows
        ]  # fmt: skip
    assert len(ours) > 20
    assert theirs == ours


def test_a_compacted_topic_is_stored_with_its_holes(
    topics: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = client_settings(topics.connection)
    producer = Producer(settings)

    def is_compacted() -> bool:
        producer.produce(COMPACTED, b"tick", b"tick", partition=0)
        producer.flush(10)
        code, document = _run(
            capsys,
            topics,
            "backup",
            "create",
            COMPACTED,
            "--to",
            str(tmp_path / f"{len(list(tmp_path.iterdir()))}"),
        )
        assert (code, document["errors"]) == (0, [])
        gaps = {gap["kind"] for gap in document["data"]["topics"][0]["gaps"]}
        assert gaps <= {"compacted-inside-batch", "compacted-batch"}
        return bool(gaps)

    until(is_compacted, "compaction", seconds=90)
    newest = max(tmp_path.iterdir(), key=lambda path: int(path.name))
    code, document = _run(capsys, topics, "backup", "verify", "--from", str(newest))
    assert (code, document["data"]["problems"]) == (0, [])


def test_later_runs_add_only_what_came_since(
    topics: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for expected in (1, 2):
        _write(client_settings(topics.connection), LARGE, 100, partitions=2)
        code, document = _run(capsys, topics, "backup", "create", LARGE, "--to", str(tmp_path))
        assert code == 0
        assert document["data"]["topics"][0]["records"] == 100
        assert len(_logs(tmp_path, LARGE, 0)) == expected
    assert _stored(tmp_path, LARGE) == _segments(topics, LARGE, 0)
    code, document = _run(capsys, topics, "backup", "list", "--from", str(tmp_path))
    row = document["data"]["backups"][0]
    assert (row["runs"], row["records"], row["complete"]) == (2, 200, True)


def test_a_topic_created_again_is_another_backup(
    sandbox: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = admin_client(sandbox.connection)
    for records in (10, 20):
        done(admin.create_topics([NewTopic(AGAIN, 1, 1)]))
        _write(client_settings(sandbox.connection), AGAIN, records)
        assert _run(capsys, sandbox, "backup", "create", AGAIN, "--to", str(tmp_path))[0] == 0
        done(admin.delete_topics([AGAIN]))
    _, document = _run(capsys, sandbox, "backup", "list", "--from", str(tmp_path))
    assert sorted(row["records"] for row in document["data"]["backups"]) == [10, 20]
    assert _run(capsys, sandbox, "backup", "verify", "--from", str(tmp_path))[0] == 0


def test_a_killed_run_is_continued_and_nothing_is_doubled(
    topics: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each run is slowed down and killed once it has written a little more than the one before."""
    _write(client_settings(topics.connection), LARGE, 20_000, partitions=2)
    words = ["backup", "create", LARGE, "--to", str(tmp_path), "--rate", "1MB/s"]
    kills = sum(_killed(topics, words, tmp_path, at) for at in (1, 200_000, 800_000, 1_500_000))
    assert kills == 4
    whole = {p.name for p in tmp_path.rglob("*.log")}
    assert whole
    code, document = _run(capsys, topics, "backup", "create", LARGE, "--to", str(tmp_path))
    assert (code, document["errors"]) == (0, [])
    assert whole <= {p.name for p in tmp_path.rglob("*.log")}
    for partition in (0, 1):
        assert _stored(tmp_path, LARGE, partition) == _segments(topics, LARGE, partition)
    code, document = _run(capsys, topics, "backup", "verify", "--from", str(tmp_path))
    assert (code, document["data"]["problems"]) == (0, [])
    folder = LineageStore(LocalStore(tmp_path), all_lineages(LocalStore(tmp_path))[0])
    tip = folder.tip()
    assert tip is not None
    assert tip.manifest.previous == ""


def _killed(sandbox: RunningSandbox, words: list[str], folder: Path, least: int) -> bool:
    """Run until this many bytes are on disk, and kill; return whether it was still running then."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SMALL_OBJECTS, *words, "--cluster", sandbox.name],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ,
    )

    def has_written() -> bool:
        written = sum(p.stat().st_size for p in folder.rglob("*.*") if p.is_file())
        return process.poll() is not None or written >= least

    try:
        until(has_written, f"{least} bytes of a backup")
        is_running = process.poll() is None
        process.send_signal(signal.SIGKILL)
    finally:
        process.wait()
    assert list(all_lineages(LocalStore(folder))) == []
    return is_running


_SMALL_OBJECTS = """
import sys
from steward.backup.capture import topic_run
original = topic_run.TopicRun.__init__
def small(self, **given):
    original(self, **{**given, "object_bytes": 100_000})
topic_run.TopicRun.__init__ = small
from steward.__main__ import run
sys.exit(run(sys.argv[1:]))
"""


def test_a_damaged_backup_is_exit_code_3_with_object_and_offset(
    topics: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(capsys, topics, "backup", "create", ABORTED, "--to", str(tmp_path))[0] == 0
    path = _logs(tmp_path, ABORTED)[0]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    code, document = _run(capsys, topics, "backup", "verify", "--from", str(tmp_path))
    assert (code, document["data"]["verdict"]) == (3, "damaged")
    first = document["data"]["problems"][0]
    assert first["object"] == str(path.relative_to(tmp_path))
    assert (first["kind"], first["offset"]) == ("batch_checksum", 43)


def test_a_production_topic_goes_once_every_record_is_in_a_verified_backup(
    sandbox: RunningSandbox,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A record written after the backup keeps it; then a second run holds it, too."""
    name = "backup-gate"
    admin, settings = admin_client(sandbox.connection), client_settings(sandbox.connection)
    done(admin.create_topics([NewTopic(name, 2, 1)]))
    _write(settings, name, 20, partitions=2)
    config = tmp_path / "steward.toml"
    servers = json.dumps(list(sandbox.connection.bootstrap_servers))
    config.write_text(
        f'[store]\nurl = "sqlite:///{tmp_path}/steward.db"\n[backup]\nlocation = "{tmp_path}/b"\n'
        f"[profiles.prod]\nbootstrap_servers = {json.dumps(','.join(json.loads(servers)))}\n"
    )
    words = ("--config", str(config), "--cluster", "prod", "-o", "json")

    def run(*given: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = entry.run([*given, *words])
        return code, json.loads(capsys.readouterr().out)

    assert run("backup", "create", name)[0] == 0
    _write(settings, name, 1)
    code, document = run("topic", "delete", name, "--backup", "--confirm", name)
    assert code == 4
    assert "backup_not_accepted" in {w["code"] for w in document["warnings"]}
    assert run("backup", "create", name)[0] == 0
    code, plan = run("topic", "delete", name, "--backup", "--dry-run")
    _write(settings, name, 1)
    code, document = run("plan", "execute", plan["data"]["id"], "--confirm", name)
    assert (code, document["data"]["outcome"]) == (6, "stale")
    assert run("backup", "create", name)[0] == 0
    code, document = run("topic", "delete", name, "--backup", "--confirm", name)
    assert code == 0, document["errors"]
    until(lambda: name not in admin.list_topics(timeout=10).topics, "the deletion of the topic")
    assert run("backup", "verify", name)[0] == 0


def test_records_are_decoded_and_the_cluster_is_compared(
    topics: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("backup", "create", MIXED, ABORTED, "--digest", "--to", str(tmp_path))
    assert _run(capsys, topics, *words)[0] == 0
    code, document = _run(
        capsys, topics, "backup", "verify", "--level", "V5", "--from", str(tmp_path)
    )
    assert (code, document["data"]["problems"]) == (0, [])
    rows = {row["topic"]: row for row in document["data"]["backups"]}
    assert rows[MIXED]["live_batches"] > 20
    assert rows[ABORTED]["live_batches"] >= 8
    assert len({row["digest"] for row in rows.values()} - {None}) == 2
    code, document = _run(
        capsys, topics, "backup", "verify", "--level", "V4", "--from", str(tmp_path)
    )
    assert (code, {row["digest"] for row in document["data"]["backups"]}) == (
        0,
        {row["digest"] for row in rows.values()},
    )
