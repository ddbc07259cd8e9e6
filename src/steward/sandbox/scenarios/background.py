"""Runs a scenario: in this process until it ends, or in a background process that is awaited until ready."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from steward.sandbox.cluster import status
from steward.sandbox.error import SandboxError
from steward.sandbox.jars import ignore_progress
from steward.sandbox.libraries import require_libraries
from steward.sandbox.places import DEFAULT_NAME, sandbox_home
from steward.sandbox.processes import is_running, markers, spawn, stop
from steward.sandbox.scenarios.foreground import run_scenario_here
from steward.sandbox.scenarios.records import (
    ScenarioRecord,
    load_record,
    log_file,
    records,
    remove_record,
)
from steward.sandbox.scenarios.registry import scenario_named

READY_S = 300
"""How long a background scenario may take until its problem exists."""
_STOP_GRACE_S = 30
_POLL_S = 0.1


def run_scenario(
    sandbox_name: str = DEFAULT_NAME,
    scenario_name: str = "mixed",
    *,
    seconds: float | None = None,
    seed: int = 1,
    progress: Callable[[str], None] = ignore_progress,
    background: bool = False,
    leave: bool = False,
    over: threading.Event | None = None,
) -> ScenarioRecord | None:
    """Run a scenario until its time is over, or with ``background`` until its problem exists.

    In the foreground Ctrl-C, or setting ``over``, ends it early and cleanly, and None is returned. In the background
    the process continues until its time is over or `stop_scenarios`; a running one is unchanged.
    ``leave`` (always so in the background) leaves a lost broker down at the end.

    Errors: SandboxError; ObjectNotFound if there is no such scenario; ExtraMissing.
    """
    scenario = scenario_named(scenario_name)
    require_libraries()
    lasting = scenario.default_seconds if seconds is None else seconds
    if lasting <= 0:
        raise SandboxError(
            f"{lasting:g} seconds is too short for a scenario", remedy="Use a few seconds or more."
        )
    if background:
        return _detached(sandbox_name, scenario.name, lasting, seed, progress)
    try:
        run_scenario_here(
            sandbox_name,
            scenario,
            seconds=lasting,
            seed=seed,
            progress=progress,
            leave=leave,
            over=over,
        )
    except KeyboardInterrupt:
        progress(f"scenario {scenario.name} was ended early")
    return None


def stop_scenario(sandbox_name: str, scenario_name: str) -> bool:
    """Stop a background scenario; False if it was not running."""
    record = load_record(sandbox_name, scenario_name)
    process = record.process if record is not None else None
    if process is not None:
        stop([process], grace_s=_STOP_GRACE_S)
    remove_record(sandbox_name, scenario_name)
    return process is not None


def stop_scenarios(
    sandbox_name: str = DEFAULT_NAME, scenario_name: str | None = None
) -> tuple[str, ...]:
    """Stop one scenario of a sandbox, or all background ones; return those that were stopped."""
    if scenario_name is not None:
        names = [scenario_named(scenario_name).name]
    else:
        names = [record.scenario for record in records(sandbox_name)]
    return tuple(name for name in names if stop_scenario(sandbox_name, name))


def running_scenarios(sandbox_name: str = DEFAULT_NAME) -> tuple[ScenarioRecord, ...]:
    """List the running background scenarios."""
    return tuple(record for record in records(sandbox_name) if record.process is not None)


def _detached(
    sandbox_name: str, scenario: str, seconds: float, seed: int, progress: Callable[[str], None]
) -> ScenarioRecord:
    status(sandbox_name)  # raises if there is no such sandbox
    known = load_record(sandbox_name, scenario)
    if known is not None and known.process is not None:
        progress(f"scenario {scenario} is already running")
        return _when_ready(sandbox_name, known, progress)
    progress(f"starting scenario {scenario}")
    process = _spawned(sandbox_name, scenario, seconds, seed)
    record = ScenarioRecord(
        scenario=scenario,
        pid=process.pid,
        create_time=process.create_time(),
        seconds=seconds,
        seed=seed,
    )
    try:
        return _when_ready(sandbox_name, record, progress)
    except BaseException:
        stop([process], grace_s=_STOP_GRACE_S)
        remove_record(sandbox_name, scenario)
        raise


def _spawned(sandbox_name: str, scenario: str, seconds: float, seed: int) -> psutil.Process:
    home = sandbox_home(sandbox_name)
    remove_record(sandbox_name, scenario)
    command = [
        *(sys.executable, "-m", "steward.sandbox.scenarios"),
        *markers(home),  # so that stopping the sandbox always ends it
        *("--sandbox", sandbox_name, "--scenario", scenario),
        *("--seconds", str(seconds), "--seed", str(seed)),
    ]
    return spawn(command, output=log_file(sandbox_name, scenario), cwd=home)


def _when_ready(
    sandbox_name: str, record: ScenarioRecord, progress: Callable[[str], None]
) -> ScenarioRecord:
    process = psutil.Process(record.pid)
    deadline = time.monotonic() + READY_S
    log = log_file(sandbox_name, record.scenario)
    while is_running(process):
        found = load_record(sandbox_name, record.scenario)
        if found is not None and found.ready:
            progress(f"scenario {record.scenario} is ready")
            return found
        if time.monotonic() > deadline:
            raise SandboxError(
                f"scenario {record.scenario} was not ready within {READY_S} s",
                remedy=f"Read {log}; the machine may be too busy.",
            )
        time.sleep(_POLL_S)
    raise SandboxError(
        f"scenario {record.scenario} exited before it was ready: {_last_line(log)}",
        remedy=f"Read {log}.",
    )


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return lines[-1] if lines else "its log is empty"
