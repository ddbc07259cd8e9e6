"""Specification and status of a sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from steward.model.instant import Instant
from steward.sandbox.credentials import ADMIN, credentials_of
from steward.sandbox.listeners import client_bootstraps, listeners_of
from steward.sandbox.places import DEFAULT_NAME, broker_dir
from steward.sandbox.ports import LOOPBACK
from steward.sandbox.processes import broker_processes
from steward.sandbox.properties import data_dir, log_dirs
from steward.sandbox.scenarios.records import records
from steward.sandbox.state import BROKER, BrokerState, SandboxState

BrokerCondition = Literal["running", "stopped", "dead"]
SandboxCondition = Literal["running", "degraded", "stopped"]
"""degraded: only some of its brokers run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSpec:
    """The requested sandbox; None means the existing value, or the default for a new one."""

    name: str = DEFAULT_NAME
    brokers: int | None = None
    """Default 3."""
    kafka_version: str | None = None
    heap: str | None = None
    """Per broker, as Java writes it; default 512m."""
    log_dirs: int | None = None
    """Log directories of each broker; default 1."""
    secure: bool | None = None
    environment: str | None = None
    """Default development."""
    kafka_home: Path | None = None
    overrides: Mapping[str, str] = field(default_factory=dict[str, str])
    """Properties of a new sandbox's brokers that differ from the defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxBroker:
    """One broker of a sandbox."""

    id: int
    pid: int | None
    state: BrokerCondition
    """stopped: on purpose. dead: its process exited or was killed."""
    rack: str
    roles: tuple[str, ...]
    ports: Mapping[str, int]
    """Port of each listener, by the listener's name."""
    metrics_url: str
    data_dir: str
    """Its first log directory."""
    log_dirs: tuple[str, ...]
    log_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningScenario:
    """A scenario that runs in the background."""

    scenario: str
    until: Instant | None
    """When it stops by itself; None until the trouble is there."""
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxStatus:
    """The status of a sandbox."""

    name: str
    profile: str
    kafka_version: str
    cluster_id: str
    secure: bool
    running: bool
    """True if any of its brokers runs; ``state`` and ``brokers_down`` say whether all do."""
    state: SandboxCondition
    brokers_running: str
    """How many of its brokers run, ``2 of 3``."""
    brokers_down: tuple[int, ...]
    """Ids of brokers that do not run, on purpose or not."""
    bootstrap_servers: str
    listeners: Mapping[str, str]
    """Bootstrap servers of each listener that clients may use."""
    brokers: tuple[SandboxBroker, ...]
    metrics_urls: tuple[str, ...]
    environment: str
    heap: str
    data_dir: str
    """The sandbox's folder."""
    connection: Mapping[str, str] = field(default_factory=dict[str, str])
    """Settings for a client, as a profile names them: paths of secrets, never secrets."""
    scenarios: tuple[RunningScenario, ...] = ()
    """Those that run in the background."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxStopped:
    """Result of ``down``."""

    name: str
    existed: bool
    processes_stopped: int
    purged: bool


def status_of(state: SandboxState) -> SandboxStatus:
    """Inspect a sandbox's processes and describe it."""
    pids = {broker_id: one.pid for broker_id, one in broker_processes(state.home).items()}
    brokers = tuple(_broker(state, broker, pids.get(broker.id)) for broker in state.brokers)
    up = [broker for broker in brokers if broker.state == "running"]
    bootstraps = client_bootstraps(
        tuple(broker for broker in state.brokers if BROKER in broker.roles), secure=state.secure
    )
    return SandboxStatus(
        name=state.name,
        profile=state.name,
        kafka_version=state.kafka_version,
        cluster_id=state.cluster_id,
        secure=state.secure,
        running=bool(up),
        state=_state(len(up), len(brokers)),
        brokers_running=f"{len(up)} of {len(brokers)}",
        brokers_down=tuple(b.id for b in brokers if b not in up),
        bootstrap_servers=bootstraps[listeners_of(secure=state.secure)[0].name],
        listeners=bootstraps,
        brokers=brokers,
        metrics_urls=tuple(broker.metrics_url for broker in brokers),
        environment=state.environment,
        heap=state.heap,
        data_dir=str(state.home),
        connection=_connection(state),
        scenarios=tuple(
            RunningScenario(scenario=record.scenario, until=record.ends_at, pid=record.pid)
            for record in records(state.name)
            if record.process is not None
        ),
    )


def _state(up: int, brokers: int) -> SandboxCondition:
    if up == brokers:
        return "running"
    return "degraded" if up else "stopped"


def _broker(state: SandboxState, broker: BrokerState, pid: int | None) -> SandboxBroker:
    without_process: BrokerCondition = "dead" if broker.wanted else "stopped"
    return SandboxBroker(
        id=broker.id,
        pid=pid,
        state="running" if pid is not None else without_process,
        rack=broker.rack,
        roles=broker.roles,
        ports=broker.ports,
        metrics_url=f"http://{LOOPBACK}:{broker.metrics_port}/metrics",
        data_dir=str(data_dir(state.home, broker.id)),
        log_dirs=tuple(map(str, log_dirs(state, broker.id))),
        log_file=str(broker_dir(state.home, broker.id) / "log" / "server.log"),
    )


def _connection(state: SandboxState) -> dict[str, str]:
    if not state.secure:
        return {"security_protocol": "PLAINTEXT"}
    credentials = credentials_of(state.home)
    return {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_username": ADMIN,
        "sasl_password_file": str(credentials.admin_password),
        "ssl_ca_file": str(credentials.ca),
        "ssl_cert_file": str(credentials.admin_cert),
        "ssl_key_file": str(credentials.admin_key),
    }
