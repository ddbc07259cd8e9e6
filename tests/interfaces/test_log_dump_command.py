"""steward log dump: batches, records and entries; payloads only on request; limits and bounds."""

from pathlib import Path
from typing import Any

import pytest

from support.command_line import CommandLine
from support.log_directories import NOW, partition


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return partition(tmp_path)


def _data(steward: CommandLine, *words: str) -> Any:
    run = steward("log", "dump", *words, "-o", "json")
    assert run.code == 0
    return run.json["data"]


def test_batches_of_a_directory(steward: CommandLine, log: Path) -> None:
    rows = _data(steward, "orders-0")["batches"]
    assert len(rows) == 42
    assert rows[0]["file"] == f"orders-0/{0:020d}.log"
    assert (rows[0]["base_offset"], rows[0]["last_offset"], rows[0]["codec"]) == (0, 2, "none")
    assert all(row["is_valid"] for row in rows)
    assert {row["control"] for row in rows} == {None, "ABORT", "COMMIT"}
    assert rows[0]["base_timestamp"].startswith("2023-11-14T22:13:21")


def test_payloads_are_masked_unless_they_are_asked_for(steward: CommandLine, log: Path) -> None:
    masked = steward("log", "dump", "orders-0", "--records", "-o", "json")
    assert "0-0" not in masked.out
    first, second = masked.json["data"]["records"][:2]
    assert (first["key"], first["value"], first["headers"]) == (None, None, [])
    assert (first["key_bytes"], first["value_bytes"], first["header_keys"]) == (2, 30, ["h"])
    assert first["key_digest"] != second["key_digest"]
    again = _data(steward, "orders-0", "--records")["records"]
    assert again[0]["key_digest"] != first["key_digest"]
    shown = _data(steward, "orders-0", "--show-payloads")["records"][0]
    assert (shown["key"], shown["value"], shown["headers"]) == ("k0", "0-0" * 10, ["h=1"])


def test_bounds(steward: CommandLine, log: Path) -> None:
    def offsets(*words: str) -> list[int]:
        return [r["offset"] for r in _data(steward, "orders-0", "--records", *words)["records"]]

    assert offsets("--from-offset", "25", "--to-offset", "28") == [25, 26, 27, 28]
    assert offsets("--key", "k2", "--to-offset", "20") == [2, 5, 8, 11, 14]
    assert set(offsets("--producer-id", "10")) == {15, 16, 17, 39, 40, 41, 63, 64, 65}
    assert offsets("--from-time", str(NOW + 24_000)) == [69, 70, 71]
    assert offsets("--to-time", str(NOW + 1001)) == [0, 1]
    assert offsets("--key", "nobody") == []


def test_a_segment_before_the_offset_is_not_read(steward: CommandLine, log: Path) -> None:
    first = min(log.glob("*.log"))
    first.write_bytes(b"\xff" * 100)
    run = steward("log", "dump", "orders-0", "--from-offset", "30", "-o", "json")
    assert run.json["warnings"] == []
    assert run.json["data"]["batches"][0]["base_offset"] == 30


def test_the_limit_is_kept_and_said(steward: CommandLine, log: Path) -> None:
    run = steward("log", "dump", "orders-0", "--limit", "5", "-o", "json")
    assert len(run.json["data"]["batches"]) == 5
    assert run.json["warnings"][0]["code"] == "truncated"
    assert steward("log", "dump", "orders-0", "--limit", "42", "-o", "json").json["warnings"] == []
    assert steward("log", "dump", "orders-0", "--limit", "-1").code == 2


@pytest.mark.parametrize(
    ("name", "field", "rows"),
    [
        (f"{0:020d}.index", "index_entries", 4),
        (f"{0:020d}.timeindex", "time_index_entries", 4),
        (f"{0:020d}.txnindex", "aborted_transactions", 2),
        (f"{24:020d}.snapshot", "producer_states", 5),
        ("leader-epoch-checkpoint", "checkpoints", 3),
        ("partition.metadata", "checkpoints", 1),
    ],
)
def test_entries_of_other_files(
    steward: CommandLine, log: Path, name: str, field: str, rows: int
) -> None:
    found = _data(steward, f"orders-0/{name}")
    assert {key for key, value in found.items() if value is not None} == {field}
    assert len(found[field]) == rows


def test_what_cannot_be_decoded_is_a_warning_with_the_way_on(
    steward: CommandLine, log: Path
) -> None:
    first = min(log.glob("*.log"))
    first.write_bytes(first.read_bytes()[:-7])
    run = steward("log", "dump", str(first), "-o", "json")
    (warning,) = run.json["warnings"]
    assert warning["code"] == "unreadable"
    assert "(partial)" in warning["message"]
    assert f"steward log verify {first}" in warning["remedy"]
