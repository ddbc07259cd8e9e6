"""Creates a new sandbox: its state is on disk before any process starts."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace

from steward.sandbox.broker import nothing_left_behind, start_brokers
from steward.sandbox.credentials import make_credentials
from steward.sandbox.error import SandboxError
from steward.sandbox.files import private_dir
from steward.sandbox.jars import KafkaJars, kafka_jars
from steward.sandbox.jre import JavaRuntime, find_runtime
from steward.sandbox.listeners import served_by
from steward.sandbox.lockfile import DEFAULT_KAFKA_VERSION
from steward.sandbox.places import broker_dir, sandbox_home
from steward.sandbox.ports import free_ports
from steward.sandbox.processes import kill, processes_of
from steward.sandbox.readiness import BrokerDied
from steward.sandbox.state import (
    BROKER,
    CONTROLLER,
    BrokerState,
    SandboxState,
    kept_ports,
    new_uuid,
    save_state,
)
from steward.sandbox.status import SandboxSpec

MOST_BROKERS = 12
MOST_LOG_DIRS = 8
_RACKS = 3
_QUORUM = 3
_ATTEMPTS = 3
_ENVIRONMENTS = ("development", "staging", "production")
_HEAP = re.compile(r"[1-9]\d{0,5}[mMgG]")


def create(spec: SandboxSpec, progress: Callable[[str], None]) -> SandboxState:
    """Start a new sandbox; ports are chosen again if another program takes one first.

    Errors: SandboxError; started processes are killed, logs stay until the next attempt.
    """
    check_spec(spec)
    progress("finding the Java runtime")
    runtime = find_runtime()
    progress("resolving jars")
    version = spec.kafka_version or DEFAULT_KAFKA_VERSION
    jars = kafka_jars(version, kafka_home=spec.kafka_home, progress=progress)
    for attempt in range(1, _ATTEMPTS + 1):
        discard(spec.name)
        state = _planned(spec, jars)
        try:
            return _start(state, runtime, jars, progress)
        except BrokerDied as fault:
            if not fault.port_taken or attempt == _ATTEMPTS:
                raise
            progress("another program took a port: choosing others")
    raise AssertionError("unreachable")


def discard(name: str) -> None:
    """Kill and delete a sandbox completely."""
    home = sandbox_home(name)
    kill(processes_of(home))
    shutil.rmtree(home, ignore_errors=True)
    if home.exists():
        raise SandboxError(f"cannot remove {home}", remedy="Remove it by hand and run again.")


def check_spec(spec: SandboxSpec) -> None:
    """Reject an invalid specification."""
    if spec.brokers is not None and not 1 <= spec.brokers <= MOST_BROKERS:
        raise SandboxError(
            f"a sandbox with {spec.brokers} brokers is not possible",
            remedy=f"Use 1 to {MOST_BROKERS}.",
        )
    if spec.log_dirs is not None and not 1 <= spec.log_dirs <= MOST_LOG_DIRS:
        raise SandboxError(
            f"a broker with {spec.log_dirs} log directories is not possible in a sandbox",
            remedy=f"Use 1 to {MOST_LOG_DIRS}.",
        )
    if spec.heap is not None and _HEAP.fullmatch(spec.heap) is None:
        raise SandboxError(
            f"{spec.heap!r} is not a heap size", remedy="Write it as Java does: 512m or 2g."
        )
    if spec.environment is not None and spec.environment not in _ENVIRONMENTS:
        raise SandboxError(
            f"{spec.environment!r} is not an environment",
            remedy=f"Use one of {', '.join(_ENVIRONMENTS)}.",
        )


def new_broker(
    broker_id: int, roles: tuple[str, ...], ports: list[int], *, secure: bool
) -> BrokerState:
    """Lay out a broker on these ports."""
    names = [listener.name for listener in served_by(roles, secure=secure)]
    return BrokerState(
        id=broker_id,
        rack=f"r{(broker_id - 1) % _RACKS + 1}",
        roles=roles,
        ports=dict(zip(names, ports, strict=False)),
        metrics_port=ports[-1],
        directory_id=new_uuid(),
    )


def ports_needed(roles: tuple[str, ...], *, secure: bool) -> int:
    """Count a broker's ports: its listeners and the metrics endpoint."""
    return len(served_by(roles, secure=secure)) + 1


def _planned(spec: SandboxSpec, jars: KafkaJars) -> SandboxState:
    count, secure = spec.brokers or 3, bool(spec.secure)
    # two voters are less available than one, and more than three are of no use to a sandbox
    voters = _QUORUM if count >= _QUORUM else 1
    roles = [(BROKER, CONTROLLER) if i < voters else (BROKER,) for i in range(count)]
    needs = [ports_needed(one, secure=secure) for one in roles]
    ports = free_ports(sum(needs), taken=kept_ports())
    brokers: list[BrokerState] = []
    for index, (role, need) in enumerate(zip(roles, needs, strict=True)):
        start = sum(needs[:index])
        laid_out = new_broker(index + 1, role, ports[start : start + need], secure=secure)
        brokers.append(replace(laid_out, overrides=dict(spec.overrides)))
    return SandboxState(
        name=spec.name,
        kafka_version=jars.version,
        kafka_home=str(spec.kafka_home.absolute()) if spec.kafka_home else None,
        cluster_id=new_uuid(),
        secure=secure,
        environment=spec.environment or "development",
        heap=spec.heap or "512m",
        log_dirs=spec.log_dirs or 1,
        brokers=tuple(brokers),
        created_brokers=count,
    )


def _start(
    state: SandboxState,
    runtime: JavaRuntime,
    jars: KafkaJars,
    progress: Callable[[str], None],
) -> SandboxState:
    private_dir(state.home)
    save_state(state)
    with nothing_left_behind(state):
        for broker in state.brokers:
            private_dir(broker_dir(state.home, broker.id))
        if state.secure:
            make_credentials(state.home)
        start_brokers(state, runtime, jars, state.brokers, progress)
    return state
