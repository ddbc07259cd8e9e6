"""Brokers of a sandbox: layout, formatting, start, waiting until ready."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from steward.model.command import Hint, steward
from steward.sandbox.error import SandboxError
from steward.sandbox.jars import KafkaJars
from steward.sandbox.java import broker_command
from steward.sandbox.jre import JavaRuntime
from steward.sandbox.places import broker_dir
from steward.sandbox.ports import LOOPBACK, is_free
from steward.sandbox.processes import broker_processes, kill, processes_of, spawn
from steward.sandbox.readiness import wait_ready
from steward.sandbox.server_properties import format_brokers, write_configuration
from steward.sandbox.state import CONTROLLER, BrokerState, SandboxState

START_TIMEOUT_S = 150
_PORT_RELEASE_S = 5


def start_brokers(
    state: SandboxState,
    runtime: JavaRuntime,
    jars: KafkaJars,
    brokers: Sequence[BrokerState],
    progress: Callable[[str], None],
) -> None:
    """Start brokers and wait until all running brokers of the sandbox answer.

    Errors: SandboxError with the last log line of a broker that exits.
    """
    refuse_taken_ports(state, brokers)
    write_configuration(state, jars, brokers)
    progress("formatting storage")
    format_brokers(state, runtime, jars, brokers)
    ids = ", ".join(str(broker.id) for broker in brokers)
    progress(f"starting brokers {ids}")
    for broker in brokers:
        folder = broker_dir(state.home, broker.id)
        spawn(
            broker_command(runtime, jars, state, broker),
            output=folder / "log" / "output.log",
            cwd=folder,
        )
    await_running(state, brokers, progress)


def await_running(
    state: SandboxState, started: Sequence[BrokerState], progress: Callable[[str], None]
) -> None:
    """Wait for all running brokers, unless too few controllers run to elect a leader."""
    alive = broker_processes(state.home)
    running = [one for one in state.brokers if one.id in alive or one in started]
    voting = [one for one in running if CONTROLLER in one.roles]
    if 2 * len(voting) <= len(state.controllers):
        progress(f"{len(voting)} of {len(state.controllers)} controllers run: no quorum yet")
        return
    wait_ready(state, running, timeout_s=START_TIMEOUT_S, progress=progress)


def refuse_taken_ports(state: SandboxState, brokers: Sequence[BrokerState]) -> None:
    """Report, before Java starts, that another program listens on a port reserved for a broker."""
    # a killed broker's sockets may outlive its main thread for a moment
    deadline = time.monotonic() + _PORT_RELEASE_S
    for broker in brokers:
        for name, port in [*broker.ports.items(), ("metrics", broker.metrics_port)]:
            if not _free_by(port, deadline):
                raise SandboxError(
                    f"port {LOOPBACK}:{port} of broker {broker.id} ({name}) of sandbox "
                    f"{state.name} is in use by another program",
                    remedy=Hint(
                        "End that program, or start over: ",
                        steward("sandbox down", purge=True, name=state.name),
                    ),
                )


def _free_by(port: int, deadline: float) -> bool:
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def nothing_left_behind(state: SandboxState) -> Generator[None]:
    """Kill every process of the sandbox started inside the block, if the block fails or is interrupted."""
    before = {process.pid for process in processes_of(state.home)}
    try:
        yield
    except BaseException:
        kill(process for process in processes_of(state.home) if process.pid not in before)
        raise
