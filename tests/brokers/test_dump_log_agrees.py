"""What is read from the files of real brokers is, field by field, what kafka-dump-log reads."""

import json
import random
import re
import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

import steward.__main__ as entry
from steward.sandbox.tools import run_tool
from support.live_admin import admin_client, client_settings, done
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
SMALL = {"segment.bytes": "1048576", "index.interval.bytes": "1024"}
COMPACTED = {
    **SMALL, "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "segment.ms": "1000",
    "max.compaction.lag.ms": "1000", "delete.retention.ms": "100",
}  # fmt: skip
TOPICS = ("dump-codecs", "dump-append", "dump-compacted", "dump-txn")
_PAIR = re.compile(r"(\w+): (\S+)")


def _write(settings: dict[str, Any]) -> None:
    values = random.Random(7)
    for codec in CODECS:
        own = {"compression.type": codec, "batch.size": 20_000, "linger.ms": 5}
        producer = Producer({**settings, **own, "enable.idempotence": codec != "none"})
        for i in range(2000):
            headers = [("h", b"1")] if i % 7 == 0 else None
            value = values.randbytes(200) + b"x" * 300
            producer.produce("dump-codecs", key=str(i), value=value, headers=headers)
            producer.produce("dump-append", key=str(i), value=b"y" * 100)
            producer.poll(0)
        producer.flush(60)
    producer = Producer({**settings, "linger.ms": 5, "batch.size": 5_000})
    for _ in range(4):
        for i in range(3000):
            value = None if i % 50 == 0 else values.randbytes(200)
            producer.produce("dump-compacted", key=str(i % 400 if i % 3 else i), value=value)
            producer.poll(0)
        producer.flush(60)
        time.sleep(1.2)  # segment.ms, so that segments close and can be cleaned
    for number in range(12):
        producer = Producer({**settings, "transactional.id": f"dump-{number % 4}"})
        producer.init_transactions()
        producer.begin_transaction()
        for i in range(50):
            producer.produce("dump-txn", key=str(i), value=values.randbytes(100))
            producer.produce("dump-compacted", key=f"t{i}", value=b"of a transaction")
        producer.flush(60)
        (producer.commit_transaction if number % 3 else producer.abort_transaction)()


@pytest.fixture(scope="module")
def copies(
    sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Path]]:
    """The data directories of all brokers, as they are while the brokers run."""
    admin = admin_client(sandbox.connection)
    configs = (SMALL, {**SMALL, "message.timestamp.type": "LogAppendTime"}, COMPACTED, SMALL)
    done(
        admin.create_topics(
            [NewTopic(t, 1, 3, config=c) for t, c in zip(TOPICS, configs, strict=True)]
        )
    )
    _write(client_settings(sandbox.connection))
    data = [Path(b.data_dir) for b in sandbox.status.brokers]
    _await_cleaned([d / "dump-compacted-0" for d in data])
    folder = tmp_path_factory.mktemp("copies")
    yield [
        shutil.copytree(
            d, folder / d.parent.name, ignore=shutil.ignore_patterns("*.deleted", "*-delete")
        )
        for d in data
    ]
    done(admin.delete_topics(list(TOPICS)))


def _await_cleaned(directories: list[Path]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if all(next(d.glob("*.deleted"), None) for d in directories):
            return
        time.sleep(0.5)
    raise AssertionError("the brokers did not clean the log in time")


def _steward(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert entry.run([*words, "-o", "json"]) == 0
    return json.loads(capsys.readouterr().out)["data"]


def _kafka(name: str, files: list[Path], *options: str) -> dict[str, list[str]]:
    listed = ",".join(map(str, files))
    run = run_tool(name, "kafka-dump-log", [*options, "--files", listed], timeout=300)
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in run.stdout.splitlines():
        if line.startswith("Dumping "):
            lines = found.setdefault(line.removeprefix("Dumping "), [])
        else:
            lines.append(line)
    return found


def _ms(text: str | None) -> int:
    return -1 if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)


def _batch(row: dict[str, Any]) -> dict[str, str]:
    horizon = row["delete_horizon"]
    shown = {
        "baseOffset": row["base_offset"], "lastOffset": row["last_offset"], "count": row["record_count"],
        "baseSequence": row["base_sequence"], "lastSequence": row["last_sequence"],
        "producerId": row["producer_id"], "producerEpoch": row["producer_epoch"],
        "partitionLeaderEpoch": row["leader_epoch"], "isTransactional": row["is_transactional"],
        "isControl": row["control"] is not None, "position": row["position"],
        "deleteHorizonMs": f"OptionalLong[{_ms(horizon)}]" if horizon else "OptionalLong.empty",
        row["timestamp_type"]: _ms(row["max_timestamp"]), "size": row["size_bytes"],
        "magic": row["magic"], "compresscodec": row["codec"], "crc": row["crc"], "isvalid": row["is_valid"],
    }  # fmt: skip
    return {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in shown.items()}


def test_every_batch_and_record_of_every_segment(
    sandbox: RunningSandbox, copies: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    segments = [f for copy in copies for f in sorted(copy.rglob("*.log")) if f.stat().st_size]
    theirs = _kafka(sandbox.name, segments, "--deep-iteration")
    assert len(segments) >= 20
    codecs, gaps, controls = set[str](), 0, set[str | None]()
    for segment in segments:
        ours = _steward(capsys, "log", "dump", str(segment), "--records", "--limit", "0")
        lines = theirs[str(segment)]
        batches = [dict(_PAIR.findall(line)) for line in lines if line.startswith("baseOffset")]
        assert [_batch(row) for row in ours["batches"]] == batches
        records = [line for line in lines if line.startswith("| offset")]
        assert len(ours["records"]) == len(records)
        for row, line in zip(ours["records"], records, strict=True):
            _same_record(row, line)
        codecs |= {row["codec"] for row in ours["batches"]}
        controls |= {row["control"] for row in ours["batches"]}
        gaps += sum(
            row["record_count"] != row["last_offset"] - row["base_offset"] + 1
            for row in ours["batches"]
        )
    assert codecs == set(CODECS)
    assert {"ABORT", "COMMIT", "LEADER_CHANGE"} <= controls
    assert gaps  # the cleaner removed records from inside of batches


def _same_record(row: dict[str, Any], line: str) -> None:
    """A control record's sizes are those of its key and value too; keys of headers stand in brackets."""
    pairs = dict(_PAIR.findall(line))
    stamps = {pairs.get("CreateTime"), pairs.get("LogAppendTime")}
    assert int(pairs["offset"]) == row["offset"]
    assert str(_ms(row["timestamp"])) in stamps
    assert int(pairs["keySize"]) == row["key_bytes"]
    assert int(pairs["valueSize"]) == row["value_bytes"]
    assert int(pairs["sequence"]) == row["sequence"]
    headers = re.search(r"headerKeys: \[(.*?)\]", line)
    assert headers is not None
    assert headers[1] == ",".join(row["header_keys"])
    if "endTxnMarker" in pairs:
        assert pairs["endTxnMarker"] == row["control"]


def test_indexes_and_snapshots(
    sandbox: RunningSandbox, copies: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    patterns = ("*.index", "*.timeindex", "*.txnindex", "*.snapshot")
    directories = [copy / f"{topic}-0" for copy in copies for topic in TOPICS]
    files = [
        f for d in directories for p in patterns for f in sorted(d.glob(p)) if f.stat().st_size
    ]
    theirs = _kafka(sandbox.name, files)
    seen = dict.fromkeys(patterns, 0)
    for file in files:
        ours = _steward(capsys, "log", "dump", str(file), "--limit", "0")
        rows = _entries(file, ours)
        if not any(file.read_bytes()):  # preallocated: the tool prints its zeros as a first entry
            assert rows == []
            continue
        wanted = {*rows[0]} if rows else set[str]()
        lines = [dict(_PAIR.findall(line)) for line in theirs[str(file)] if _PAIR.match(line)]
        assert [{k: line[k] for k in line if k in wanted} for line in lines] == rows, file
        seen[f"*{file.suffix}"] += len(rows)
    assert all(seen.values()), seen


def _entries(file: Path, ours: Any) -> list[dict[str, str]]:
    """Write entries as kafka-dump-log does."""
    found: list[dict[str, Any]]
    match file.suffix:
        case ".index":
            found = [
                {"offset": r["offset"], "position": r["position"]} for r in ours["index_entries"]
            ]
        case ".timeindex":
            rows = ours["time_index_entries"]
            found = [{"timestamp": _ms(r["timestamp"]), "offset": r["offset"]} for r in rows]
        case ".txnindex":
            found = [
                {
                    "version": r["version"], "producerId": r["producer_id"], "firstOffset": r["first_offset"],
                    "lastOffset": r["last_offset"], "lastStableOffset": r["last_stable_offset"],
                }
                for r in ours["aborted_transactions"]
            ]  # fmt: skip
        case _:
            found = [
                {
                    "producerId": r["producer_id"], "producerEpoch": r["producer_epoch"],
                    "coordinatorEpoch": r["coordinator_epoch"], "lastTimestamp": _ms(r["timestamp"]),
                    "lastSequence": r["last_sequence"], "lastOffset": r["last_offset"],
                    "offsetDelta": r["offset_delta"],
                }
                for r in ours["producer_states"]
            ]  # fmt: skip
    return [{k: str(v) for k, v in row.items()} for row in found]


def test_records_of_the_metadata_log(
    sandbox: RunningSandbox, copies: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    segments = [f for c in copies for f in sorted((c / "__cluster_metadata-0").glob("*.log"))]
    theirs = _kafka(sandbox.name, segments, "--cluster-metadata-decoder")
    kinds = set[str]()
    for segment in segments:
        ours = _steward(capsys, "log", "dump", str(segment), "--records", "--limit", "0")
        payloads = {
            int(dict(_PAIR.findall(line))["offset"]): json.loads(line.partition("payload: ")[2])
            for line in theirs[str(segment)]
            if line.startswith("| offset") and "payload: {" in line
        }
        decoded = {r["offset"]: r["decoded"] for r in ours["records"] if r["control"] is None}
        assert decoded == payloads
        kinds |= {record["type"] for record in payloads.values()}
    assert {"TOPIC_RECORD", "PARTITION_RECORD", "REGISTER_BROKER_RECORD", "CONFIG_RECORD"} <= kinds


def test_logs_of_running_brokers_are_clean(
    sandbox: RunningSandbox, copies: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    live = [b.data_dir for b in sandbox.status.brokers]
    for directory in (*map(str, copies), *live):
        found = _steward(capsys, "log", "verify", directory)
        assert found["problems"] == []
        assert found["verdict"] == "clean"
        assert sum(p["batches"] for p in found["partitions"]) > 100
