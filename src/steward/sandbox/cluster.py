"""Start and stop sandboxes and their single brokers."""

import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from steward.model.command import Hint, steward
from steward.model.wording import count
from steward.sandbox.broker import await_running, nothing_left_behind, start_brokers
from steward.sandbox.creation import check_spec, create, discard, new_broker, ports_needed
from steward.sandbox.error import SandboxError
from steward.sandbox.jars import KafkaJars, ignore_progress, kafka_jars
from steward.sandbox.jre import JavaRuntime, find_runtime
from steward.sandbox.libraries import require_libraries
from steward.sandbox.lock import sandbox_lock
from steward.sandbox.places import (
    DEFAULT_NAME,
    broker_dir,
    checked_name,
    sandbox_home,
    temporary_dir,
)
from steward.sandbox.ports import free_ports
from steward.sandbox.processes import broker_processes, kill, processes_of, stop
from steward.sandbox.profile import write_profile
from steward.sandbox.readiness import all_answer
from steward.sandbox.state import (
    BROKER,
    BrokerState,
    SandboxState,
    existing_state,
    kept_ports,
    load_state,
    sandbox_names,
    save_state,
)
from steward.sandbox.status import SandboxSpec, SandboxStatus, SandboxStopped, status_of

ReportProgress = Callable[[str], None]
_STOP_GRACE_S = 30
"""For one broker: a controlled shutdown moves its leaders first."""
_DOWN_GRACE_S = 8
"""For all at once: brokers that lose the quorum cannot shut down in order and are killed."""


def up(spec: SandboxSpec, *, progress: ReportProgress = ignore_progress) -> SandboxStatus:
    """Start a sandbox; a running one is unchanged, a dead broker is restarted.

    Errors: SandboxError; ExtraMissing; KeyboardInterrupt leaves no process and no folder of a new sandbox.
    """
    checked_name(spec.name)
    check_spec(spec)
    require_libraries()
    with sandbox_lock(spec.name, progress):
        state = load_state(spec.name)
        if state is None or not state.was_ready:
            state = _created(spec, progress)
        else:
            _refuse_other_spec(spec, state)
            state = _revived(state, progress)
        state = replace(state, was_ready=True, environment=spec.environment or state.environment)
        return _kept(state)


def down(
    name: str = DEFAULT_NAME, *, purge: bool = False, progress: ReportProgress = ignore_progress
) -> SandboxStopped:
    """Stop every process of a sandbox; with ``purge`` delete its folder too.

    Errors: SandboxError if a process survives or the folder cannot be deleted.
    """
    home = sandbox_home(name)
    with sandbox_lock(name, progress):
        existed = home.exists()
        processes = processes_of(home)
        progress(f"stopping {count(len(processes), 'process')}")
        if purge:
            discard(name)
        else:
            stop(processes, grace_s=_DOWN_GRACE_S)
            shutil.rmtree(temporary_dir(home), ignore_errors=True)
            _mark_all_stopped(name)
    return SandboxStopped(
        name=name, existed=existed, processes_stopped=len(processes), purged=purge
    )


def status(name: str = DEFAULT_NAME) -> SandboxStatus:
    """Describe a sandbox.

    Errors: SandboxError if it does not exist.
    """
    return status_of(existing_state(name))


def list_sandboxes() -> tuple[SandboxStatus, ...]:
    """Describe all sandboxes, by name; those with unreadable state are omitted."""
    found: list[SandboxStatus] = []
    for name in sandbox_names():
        try:
            found.append(status(name))
        except SandboxError:
            continue
    return tuple(found)


def broker_add(
    name: str = DEFAULT_NAME, *, progress: ReportProgress = ignore_progress
) -> SandboxStatus:
    """Add a broker without the controller role and wait until all brokers know it.

    Errors: SandboxError; ExtraMissing; a broker that does not start is removed.
    """
    require_libraries()
    with _changing(name, progress) as state:
        runtime, jars = _tools(state, progress)
        roles = (BROKER,)
        ports = free_ports(ports_needed(roles, secure=state.secure), taken=kept_ports())
        added = new_broker(state.brokers[-1].id + 1, roles, ports, secure=state.secure)
        grown = state.with_broker(added)
        save_state(grown)
        try:
            with nothing_left_behind(grown):
                start_brokers(grown, runtime, jars, [added], progress)
        except BaseException:
            save_state(state)
            shutil.rmtree(broker_dir(state.home, added.id), ignore_errors=True)
            raise
        return _kept(grown)


def broker_stop(
    name: str, broker_id: int, *, progress: ReportProgress = ignore_progress
) -> SandboxStatus:
    """Stop a broker in order (SIGTERM, controlled shutdown)."""
    with _changing(name, progress) as state:
        state = state.with_broker(replace(state.broker(broker_id), wanted=False))
        save_state(state)
        running = broker_processes(state.home).get(broker_id)
        if running is not None:
            stop([running], grace_s=_STOP_GRACE_S)
        return status_of(state)


def broker_kill(
    name: str, broker_id: int, *, progress: ReportProgress = ignore_progress
) -> SandboxStatus:
    """Kill a broker (SIGKILL), as a crash would."""
    with _changing(name, progress) as state:
        state.broker(broker_id)
        running = broker_processes(state.home).get(broker_id)
        if running is not None:
            kill([running])
        return status_of(state)


def broker_start(
    name: str,
    broker_id: int,
    *,
    overrides: Mapping[str, str] | None = None,
    progress: ReportProgress = ignore_progress,
) -> SandboxStatus:
    """Start a stopped or killed broker and wait until it answers; no-op if it runs.

    ``overrides`` are properties it has from now on in place of the defaults; None keeps the current ones.
    Errors: SandboxError; ExtraMissing.
    """
    require_libraries()
    with _changing(name, progress) as state:
        started = replace(state.broker(broker_id), wanted=True)
        if overrides is not None:
            started = replace(started, overrides=dict(overrides))
        state = state.with_broker(started)
        save_state(state)
        _start_missing(state, [state.broker(broker_id)], progress)
        return status_of(state)


def _created(spec: SandboxSpec, progress: ReportProgress) -> SandboxState:
    try:
        return create(spec, progress)
    except KeyboardInterrupt:
        discard(spec.name)
        raise


def _revived(state: SandboxState, progress: ReportProgress) -> SandboxState:
    brokers = tuple(replace(broker, wanted=True) for broker in state.brokers)
    state = replace(state, brokers=brokers)
    save_state(state)
    _start_missing(state, brokers, progress)
    return state


def _start_missing(
    state: SandboxState,
    brokers: tuple[BrokerState, ...] | list[BrokerState],
    progress: ReportProgress,
) -> None:
    alive = broker_processes(state.home)
    missing = [broker for broker in brokers if broker.id not in alive]
    if missing:
        runtime, jars = _tools(state, progress)
        with nothing_left_behind(state):
            start_brokers(state, runtime, jars, missing, progress)
    elif not all_answer(state):
        await_running(state, (), progress)


def _tools(state: SandboxState, progress: ReportProgress) -> tuple[JavaRuntime, KafkaJars]:
    progress("resolving jars")
    home = Path(state.kafka_home) if state.kafka_home else None
    return find_runtime(), kafka_jars(state.kafka_version, kafka_home=home, progress=progress)


def _kept(state: SandboxState) -> SandboxStatus:
    save_state(state)
    found = status_of(state)
    write_profile(found)
    return found


@contextmanager
def _changing(name: str, progress: ReportProgress) -> Generator[SandboxState]:
    checked_name(name)
    with sandbox_lock(name, progress):
        yield existing_state(name)


def _mark_all_stopped(name: str) -> None:
    try:
        state = load_state(name)
    except SandboxError:
        return  # damaged: there is nothing to update, and its processes are gone
    if state is not None:
        brokers = tuple(replace(broker, wanted=False) for broker in state.brokers)
        save_state(replace(state, brokers=brokers))


def _refuse_other_spec(spec: SandboxSpec, state: SandboxState) -> None:
    asked = {
        "brokers": (spec.brokers, state.created_brokers),
        "kafka-version": (spec.kafka_version, state.kafka_version),
        "heap": (spec.heap, state.heap),
        "log-dirs": (spec.log_dirs, state.log_dirs),
        "secure": (spec.secure, state.secure),
        "kafka-home": (
            str(spec.kafka_home.absolute()) if spec.kafka_home else None,
            state.kafka_home,
        ),
    }
    for name, (wanted, found) in asked.items():
        if wanted is not None and wanted != found:
            raise SandboxError(
                f"sandbox {state.name} exists with {name} {found}, not {wanted}",
                remedy=Hint(
                    "Use another --name, or start over: ",
                    steward("sandbox down", purge=True, name=state.name),
                ),
            )
