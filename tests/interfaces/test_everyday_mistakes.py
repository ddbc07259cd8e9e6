"""What a new user does wrong on the first day, and the line that helps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.command_line import CommandLine

MISTAKES = [
    (("topc", "list"), 2, "No command steward topc. Did you mean 'topic'?"),
    (("widget", "list"), 2, "No command steward widget.\n"),
    (("topic", "lst"), 2, "No command steward topic lst. Did you mean 'list'?"),
    (
        ("alter", "topic", "orders"),
        2,
        "No command steward alter: the noun comes first. Did you mean 'steward topic alter'?",
    ),
    (("topic", "list", "--fromat", "json"), 2, "Did you mean '--format'?"),
    (("topic", "list", "-o", "jsn"), 2, "'jsn' is not one of"),
    (("lag", "--over", "5x"), 2, "'5x' is not a duration; use 10s, 5m, 2h or 1d"),
    (("topic", "create", "x", "--partitions", "three"), 2, "'three' is not a valid integer"),
    (
        ("quota", "alter", "--user", "a", "producer_byte_rate=5MB/s"),
        2,
        "Did you mean --set producer_byte_rate=5MB/s?",
    ),
    (("plan", "show", "3f2a", "91bc"), 2, "Unexpected argument: '91bc'."),
    (("plan", "nowhere.yaml"), 2, "nowhere.yaml does not exist"),
    (("plan", "show", "zz"), 2, "'zz' is not a plan id"),
    (("--cluster", "prd", "topic", "list"), 2, "did you mean prod?"),
    (("-B", "localhost", "topic", "list"), 2, "write HOST:PORT, such as localhost:9092"),
    (("topic", "describe", "clcks"), 1, "did you mean clicks?"),
    (("check", "--only", "lag_over_objectiv"), 2, "did you mean lag_over_objective?"),
    (("schema-of", "manifst"), 2, "manifest"),
]


@pytest.mark.parametrize(("words", "code", "said"), MISTAKES, ids=lambda v: str(v)[:40])
def test_a_mistake_is_answered_with_what_was_meant(
    words: tuple[str, ...], code: int, said: str, steward: CommandLine
) -> None:
    ran = steward(*words)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert len(ran.err.splitlines()) <= 4


def test_a_change_without_a_terminal_says_how_to_confirm(steward: CommandLine) -> None:
    ran = steward("--cluster", "dev", "topic", "create", "new", "--partitions", "1")
    assert ran.code != 0
    assert "try: see:" not in ran.err
    assert "internal" not in ran.err


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "steward.toml").write_text("")
    own = {"STEWARD_STATE_DIR": str(tmp_path), "STEWARD_CONFIG": str(tmp_path / "steward.toml")}
    return dict(os.environ) | own


STEWARD = (sys.executable, "-m", "steward", "check", "list")


@pytest.mark.parametrize("format", ["text", "json", "csv", "yaml"])
def test_a_full_disk_is_one_line(environ: dict[str, str], format: str) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [*STEWARD, "-o", format], stdout=full, stderr=subprocess.PIPE, env=environ, check=False
        )
    assert ran.returncode == 1
    assert ran.stderr.decode().splitlines() == [
        "error: cannot write the output: No space left on device",
        "  try: free space on the disk, or write to another file",
    ]


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_reader_that_has_seen_enough_is_no_fault(environ: dict[str, str], format: str) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        ran = subprocess.run(
            [*STEWARD, "-o", format], stdout=write, stderr=subprocess.PIPE, env=environ, check=False
        )
    finally:
        os.close(write)
    assert (ran.returncode, ran.stderr) == (0, b"")
