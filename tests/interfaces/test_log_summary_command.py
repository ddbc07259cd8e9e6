"""steward log summary: totals that add up, by time, producer and codec; damage is counted apart."""

from pathlib import Path
from typing import Any

import pytest

from support.command_line import CommandLine
from support.log_directories import NOW, LogWriter, partition, written


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return partition(tmp_path)


def _data(steward: CommandLine, *words: str) -> Any:
    run = steward("log", "summary", *words, "-o", "json")
    assert run.code == 0
    return run.json["data"]


def test_totals_add_up(steward: CommandLine, log: Path) -> None:
    found = _data(steward, "orders-0")
    (row,) = found["partitions"]
    assert (row["segments"], row["batches"], row["records"]) == (3, 42, 72)
    assert row["bytes"] == sum(f.stat().st_size for f in log.glob("*.log"))
    assert (row["commits"], row["aborts"]) == (3, 6)
    assert (row["first_offset"], row["last_offset"], row["missing_offsets"]) == (0, 71, 0)
    assert row["damaged"] == 0
    for group in ("codecs", "producers", "periods"):
        for total in ("bytes", "batches", "records"):
            assert sum(one[total] for one in found[group]) == row[total], (group, total)


def test_batch_fill_and_compression_are_of_data(steward: CommandLine, tmp_path: Path) -> None:
    log = LogWriter(tmp_path / "logs-0")
    for codec in ("none", "zstd"):
        log.append(written(log.next, [b"x" * 1000] * 10, codec=codec))
    log.close()
    found = _data(steward, "logs-0")
    assert found["partitions"][0]["records_per_batch_p50"] == 10
    ratios = {row["codec"]: row["compression_ratio"] for row in found["codecs"]}
    assert ratios["none"] is None
    assert ratios["zstd"] > 20


def test_periods_and_producers(steward: CommandLine, tmp_path: Path) -> None:
    log = LogWriter(tmp_path / "logs-0")
    hour = 3_600_000
    for i in range(4):
        stamp = NOW + i * hour
        log.append(written(log.next, [b"v" * 50 * (i + 1)], stamp=stamp, producer=(i, 0, 0)))
    log.close()
    by_hour = _data(steward, "logs-0", "--by", "hour", "--top", "2")
    assert len(by_hour["periods"]) == 4
    assert by_hour["periods"][0]["since"] == "2023-11-14T22:00:00.000Z"
    assert [p["producer_id"] for p in by_hour["producers"]] == [3, 2]
    assert len(_data(steward, "logs-0")["periods"]) == 2


def test_gaps_and_damage_are_counted(steward: CommandLine, tmp_path: Path) -> None:
    log = LogWriter(tmp_path / "logs-0")
    for base in (0, 10, 20):
        log.append(written(base, [b"v"] * 2))
    path = log.close() / f"{0:020d}.log"
    assert _data(steward, "logs-0")["partitions"][0]["missing_offsets"] == 16
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    row = _data(steward, "logs-0")["partitions"][0]
    assert (row["damaged"], row["batches"]) == (1, 2)


def test_an_empty_log_has_no_numbers(steward: CommandLine, tmp_path: Path) -> None:
    LogWriter(tmp_path / "logs-0").close()
    row = _data(steward, "logs-0")["partitions"][0]
    assert (row["batches"], row["first_offset"], row["batch_bytes_p50"]) == (0, None, None)
    assert steward("log", "summary", "logs-0", "--top", "0").code == 2
