"""steward log diff: equal logs, compacted ones, diverged ones."""

from pathlib import Path
from typing import Any

import pytest

from support.command_line import CommandLine
from support.log_directories import LogWriter, partition, written


def _log(parent: Path, name: str, batches: list[tuple[int, list[bytes], dict[str, Any]]]) -> None:
    log = LogWriter(parent / name)
    for base, values, named in batches:
        log.append(written(base, values, **named))
    log.close()


def _diff(steward: CommandLine, *words: str, code: int = 0) -> Any:
    run = steward("log", "diff", *words, "-o", "json")
    assert run.code == code
    return run.json["data"]


def _differences(found: Any) -> list[tuple[str, int, int, int]]:
    names = ("kind", "first_offset", "last_offset", "records")
    return [tuple(d[name] for name in names) for d in found["differences"]]


V = [b"a" * 40, b"b" * 40, b"c" * 40]


def test_equal_logs(steward: CommandLine, tmp_path: Path) -> None:
    for side in ("one", "two"):
        (tmp_path / side).mkdir()
        partition(tmp_path / side)
    found = _diff(steward, "one/orders-0", "two/orders-0")
    assert found["verdict"] == "identical"
    assert (found["equal_batches"], found["compared_records"]) == (42, 0)
    assert (found["common_first_offset"], found["common_last_offset"]) == (0, 71)


def test_a_log_that_ends_earlier_is_compared_as_far_as_it_reaches(
    steward: CommandLine, tmp_path: Path
) -> None:
    _log(tmp_path, "a-0", [(0, V, {}), (3, V, {}), (6, V, {})])
    _log(tmp_path, "b-0", [(3, V, {}), (6, V[:1], {})])
    found = _diff(steward, "a-0", "b-0")
    assert (found["common_first_offset"], found["common_last_offset"]) == (3, 6)
    assert found["verdict"] == "identical"


def test_other_batching_and_compression_of_the_same_records_is_no_difference(
    steward: CommandLine, tmp_path: Path
) -> None:
    _log(tmp_path, "a-0", [(0, V, {})])
    _log(tmp_path, "b-0", [(0, V, {"codec": "zstd"})])
    found = _diff(steward, "a-0", "b-0")
    assert (found["verdict"], found["equal_batches"], found["compared_records"]) == (
        "identical",
        0,
        3,
    )


def test_records_that_the_cleaner_removed_on_one_side_are_no_divergence(
    steward: CommandLine, tmp_path: Path
) -> None:
    _log(tmp_path, "a-0", [(0, V, {}), (3, V, {}), (6, V, {})])
    _log(tmp_path, "b-0", [(0, V, {}), (6, V, {})])
    found = _diff(steward, "a-0", "b-0")
    assert found["verdict"] == "compatible"
    assert _differences(found) == [("only_left", 3, 5, 3)]
    assert _differences(_diff(steward, "b-0", "a-0")) == [("only_right", 3, 5, 3)]


def test_other_content_at_an_offset_exits_with_3(steward: CommandLine, tmp_path: Path) -> None:
    changed = [V[0], b"X" * 40, V[2]]
    _log(tmp_path, "a-0", [(0, V, {}), (3, V, {})])
    _log(tmp_path, "b-0", [(0, V, {}), (3, changed, {})])
    found = _diff(steward, "a-0", "b-0", code=3)
    assert found["verdict"] == "diverged"
    assert _differences(found) == [("diverged", 4, 4, 1)]


def test_leader_epochs_outside_the_checksum_are_compared(
    steward: CommandLine, tmp_path: Path
) -> None:
    _log(tmp_path, "a-0", [(0, V, {}), (3, V, {"leader_epoch": 1})])
    _log(tmp_path, "b-0", [(0, V, {}), (3, V, {"leader_epoch": 2})])
    found = _diff(steward, "a-0", "b-0")
    assert _differences(found) == [("leader_epoch", 3, 5, 3)]
    assert found["verdict"] == "compatible"


def test_damaged_batches_are_left_out_and_named(steward: CommandLine, tmp_path: Path) -> None:
    for name in ("a-0", "b-0"):
        _log(tmp_path, name, [(0, V, {}), (3, V, {})])
    path = tmp_path / "b-0" / f"{0:020d}.log"
    content = bytearray(path.read_bytes())
    content[70] ^= 1
    path.write_bytes(content)
    run = steward("log", "diff", "a-0", "b-0", "-o", "json")
    assert run.json["data"]["sides"][1]["damaged"] == 1
    assert "steward log verify b-0" in run.json["warnings"][0]["remedy"]


@pytest.mark.parametrize(("left", "verdict"), [("late-0", "apart"), ("none-0", "apart")])
def test_logs_without_a_common_offset(
    steward: CommandLine, tmp_path: Path, left: str, verdict: str
) -> None:
    _log(tmp_path, "late-0", [(100, V, {})])
    _log(tmp_path, "none-0", [])
    _log(tmp_path, "a-0", [(0, V, {})])
    assert _diff(steward, left, "a-0")["verdict"] == verdict


def test_only_one_partition_is_compared_with_one(steward: CommandLine, tmp_path: Path) -> None:
    _log(tmp_path, "a-0", [])
    _log(tmp_path, "b-0", [])
    assert steward("log", "diff", ".", "a-0").code == 2
