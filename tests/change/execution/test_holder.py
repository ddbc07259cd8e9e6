"""When a holder's process has provably ended: never in doubt, and never across namespaces, boots or machines."""

import os
import subprocess
import sys
from typing import Any

import pytest

from steward.change.execution.lease_holder import has_ended, this_process
from steward.store.leases import Holder

CHILD = """
import sys
from steward.change.execution.lease_holder import this_process
print(this_process().process.ljust(400), end="", flush=True)
sys.stdin.read()
"""


def child() -> tuple[subprocess.Popen[str], dict[str, Any]]:
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, read(process.stdout.read(400))


KEYS = ("boot_id", "pid_namespace", "host", "pid", "started")


def read(text: str) -> dict[str, str]:
    return dict(zip(KEYS, text.strip().split("\n"), strict=True))


def gone(evidence: Any) -> bool:
    return has_ended(Holder(name="x", process="\n".join(evidence.values())))


def test_a_process_that_runs_is_not_gone_and_one_that_ended_is() -> None:
    process, evidence = child()
    assert not gone(evidence)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert gone(evidence)  # a zombie changes nothing any more
    process.communicate()
    assert gone(evidence)


@pytest.mark.parametrize("key", ["boot_id", "pid_namespace", "host"])
def test_what_is_of_elsewhere_may_live(key: str) -> None:
    process, evidence = child()
    process.communicate()
    assert gone(evidence)
    assert not gone({**evidence, key: "another"})
    assert not gone({k: v for k, v in evidence.items() if k != key})


def test_another_process_under_the_same_id_is_not_the_holder() -> None:
    mine = read(this_process().process)
    assert not gone(mine)
    assert gone({**mine, "started": "1"})


@pytest.mark.parametrize("text", ["", "\n" * 4, "a\nb\nc\nd\ne", "a\nb\nc\n1", "host/1/abc", "\0"])
def test_without_proof_nobody_is_gone(text: str) -> None:
    assert not has_ended(Holder(name="x", process=text))


def test_every_start_of_a_process_is_another_holder() -> None:
    assert this_process() == this_process()
    read, write = os.pipe()
    if (pid := os.fork()) == 0:
        os.write(write, this_process().name.encode())
        os._exit(0)
    os.waitpid(pid, 0)
    forked = os.read(read, 1000).decode()
    os.close(read)
    os.close(write)
    assert forked.rpartition("/")[2] != this_process().name.rpartition("/")[2]
