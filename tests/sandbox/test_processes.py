import os
import subprocess
import sys
import time

import psutil
import pytest

from steward.sandbox.error import SandboxError
from steward.sandbox.processes import (
    broker_processes,
    is_running,
    java_environment,
    kill,
    markers,
    processes_of,
    spawn,
    stop,
)

IDLE = "import time; time.sleep(600)"
DEAF = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
)


@pytest.fixture
def started(tmp_path):
    processes = []

    def start(*flags, code=IDLE):
        # flags behind the program text are arguments of the process, as Java's -D are
        process = spawn(
            [sys.executable, "-c", code, *flags], output=tmp_path / "out.log", cwd=tmp_path
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if is_running(process):
            process.kill()
            process.wait(10)


def _until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_only_processes_that_carry_the_marker_are_ours(started, tmp_path):
    ours = started(*markers(tmp_path / "home", 2))
    helper = started(*markers(tmp_path / "home"))
    started(*markers(tmp_path / "home-of-another", 1))
    started("unmarked")
    _until(lambda: len(processes_of(tmp_path / "home")) == 2)
    assert {one.pid for one in processes_of(tmp_path / "home")} == {ours.pid, helper.pid}
    assert {k: v.pid for k, v in broker_processes(tmp_path / "home").items()} == {2: ours.pid}


def test_a_process_survives_its_starter_s_session(started, tmp_path):
    process = started(*markers(tmp_path))
    assert os.getsid(process.pid) == process.pid != os.getsid(0)


def test_stop_ends_what_listens_and_kills_what_does_not(started, tmp_path):
    deaf = started(*markers(tmp_path), code=DEAF)
    _until(lambda: (tmp_path / "out.log").read_text() != "")
    idle = started(*markers(tmp_path))
    stop([deaf, idle], grace_s=0.3)
    assert not is_running(deaf)
    assert not is_running(idle)
    assert processes_of(tmp_path) == []


def test_a_recycled_pid_is_never_signalled(started):
    bystander = started("bystander")
    stale = psutil.Process(bystander.pid)
    # what psutil remembers of a process that had this pid before
    stale._create_time = 1.0
    stale._ident = (bystander.pid, 1.0)
    kill([stale])
    stop([stale], grace_s=0.1)
    assert is_running(bystander)


def test_a_zombie_does_not_count_as_running():
    child = subprocess.Popen([sys.executable, "-c", ""])
    process = psutil.Process(child.pid)
    _until(lambda: not is_running(process))
    child.wait()


def test_a_program_that_cannot_be_started_is_named(tmp_path):
    with pytest.raises(SandboxError, match="no-such-java"):
        spawn([str(tmp_path / "no-such-java")], output=tmp_path / "out.log", cwd=tmp_path)


def test_java_options_of_the_user_do_not_reach_brokers(monkeypatch):
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx1m")
    monkeypatch.setenv("KEPT", "1")
    assert "JAVA_TOOL_OPTIONS" not in java_environment()
    assert java_environment()["KEPT"] == "1"


def test_a_process_is_known_by_its_command_line_from_the_start(started, tmp_path):
    """For a moment after exec the kernel shows none: whoever looked then took a broker for dead."""
    for number in range(20):
        process = started(*markers(tmp_path, number))
        assert process.cmdline()[-2:] == markers(tmp_path, number)
