"""Processes of a sandbox: found by a marker on their command line, never by pid alone."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from steward.model.command import Hint, steward
from steward.sandbox.error import SandboxError

_HOME_FLAG = "-Dsteward.sandbox.home="
_BROKER_FLAG = "-Dsteward.sandbox.broker="
_ENVIRONMENT_THAT_ALTERS_JAVA = (
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "CLASSPATH",
)
_POLL_S = 0.05
_ARGUMENTS_S = 2.0


def markers(home: Path, broker_id: int | None = None) -> list[str]:
    """Return the Java flags that mark a process as this sandbox's."""
    flags = [f"{_HOME_FLAG}{home}"]
    return flags if broker_id is None else [*flags, f"{_BROKER_FLAG}{broker_id}"]


def spawn(command: Sequence[str], *, output: Path, cwd: Path) -> psutil.Process:
    """Start a process that outlives this one, in its own session.

    Errors: SandboxError if the program cannot be started.
    """
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with output.open("wb") as sink:
            child = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=java_environment(),
                start_new_session=True,
            )
    except OSError as fault:
        raise SandboxError(
            f"cannot start {command[0]}: {fault.strerror or fault}",
            remedy="Free memory or disk space, or correct JAVA_HOME.",
        ) from fault
    process = psutil.Process(child.pid)
    _await_arguments(process)
    return process


def _await_arguments(process: psutil.Process) -> None:
    """Wait until a new process has its command line: right after exec the kernel shows none."""
    deadline = time.monotonic() + _ARGUMENTS_S
    while time.monotonic() < deadline:
        try:
            if process.cmdline():
                return
        except psutil.Error:
            return  # it has already exited: its caller will notice
        time.sleep(0.005)


def java_environment() -> dict[str, str]:
    """Return the environment of a Java process: the current one, without variables that affect every Java process."""
    return {k: v for k, v in os.environ.items() if k not in _ENVIRONMENT_THAT_ALTERS_JAVA}


def processes_of(home: Path) -> list[psutil.Process]:
    """Find every live process of a sandbox."""
    return [process for process, _ in _marked(home)]


def broker_processes(home: Path) -> Mapping[int, psutil.Process]:
    """Find the live broker processes of a sandbox, by broker id."""
    found: dict[int, psutil.Process] = {}
    for process, arguments in _marked(home):
        for argument in arguments:
            if argument.startswith(_BROKER_FLAG):
                found[int(argument.removeprefix(_BROKER_FLAG))] = process
    return found


def stop(processes: Iterable[psutil.Process], *, grace_s: float) -> None:
    """Stop processes: SIGTERM, then SIGKILL for those still running after the grace period.

    psutil refuses to signal a pid that has since become another process.
    """
    alive = list(processes)
    _signal(alive, "terminate")
    alive = _wait_gone(alive, grace_s)
    kill(alive)


def kill(processes: Iterable[psutil.Process]) -> None:
    """Kill processes (SIGKILL) and wait until they are gone.

    Errors: SandboxError if one survives, which only a hung disk or kernel causes.
    """
    alive = list(processes)
    _signal(alive, "kill")
    left = _wait_gone(alive, 10)
    if left:
        pids = ", ".join(str(process.pid) for process in left)
        raise SandboxError(
            f"processes {pids} did not end on SIGKILL",
            remedy=Hint(
                "They hang in the kernel (a stuck disk?); run again: ", steward("sandbox down")
            ),
        )


def is_running(process: psutil.Process) -> bool:
    """Return whether the process is alive; a zombie is not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _marked(home: Path) -> list[tuple[psutil.Process, list[str]]]:
    marker = f"{_HOME_FLAG}{home}"
    found: list[tuple[psutil.Process, list[str]]] = []
    for process in psutil.process_iter():
        try:
            arguments = process.cmdline()
        except psutil.Error:
            continue
        if marker in arguments and is_running(process):
            found.append((process, arguments))
    return found


def _signal(processes: Iterable[psutil.Process], how: str) -> None:
    for process in processes:
        try:
            if how == "terminate":
                process.terminate()
            else:
                process.kill()
        except psutil.NoSuchProcess:
            continue


def _wait_gone(processes: list[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    deadline = time.monotonic() + timeout_s
    left = [process for process in processes if _still_there(process)]
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        left = [process for process in left if _still_there(process)]
    return left


def _still_there(process: psutil.Process) -> bool:
    # a child process stays a zombie until it is waited for
    with contextlib.suppress(ChildProcessError, psutil.NoSuchProcess):
        if process.ppid() == os.getpid():
            os.waitpid(process.pid, os.WNOHANG)
    return is_running(process)
