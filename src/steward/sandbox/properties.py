"""Configuration of a sandbox's brokers: that of a well-run cluster, scaled down."""

from collections.abc import Mapping
from pathlib import Path

from steward.sandbox.credentials import (
    ADMIN,
    BROKER_PRINCIPAL,
    PRINCIPAL_RULES,
    Credentials,
    credentials_of,
)
from steward.sandbox.listeners import (
    CONTROLLER_LISTENER,
    INTERNAL_LISTENER,
    SandboxListener,
    listeners_of,
    served_by,
)
from steward.sandbox.lockfile import version_key
from steward.sandbox.places import broker_dir
from steward.sandbox.ports import LOOPBACK
from steward.sandbox.state import BROKER, BrokerState, SandboxState

_WEEK_MS = 7 * 24 * 3_600_000
_GIB = 1 << 30
_PLAIN_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"


def server_properties(state: SandboxState, broker: BrokerState) -> dict[str, str]:
    """Derive a broker's complete configuration from the sandbox's state; reads the password file."""
    properties = {
        "process.roles": ",".join(broker.roles),
        "node.id": str(broker.id),
        "controller.quorum.bootstrap.servers": ",".join(
            f"{LOOPBACK}:{one.ports[CONTROLLER_LISTENER]}" for one in state.controllers
        ),
        "log.dirs": ",".join(map(str, log_dirs(state, broker.id))),
        **_listeners(state, broker),
        **_replication(state.created_brokers),
        **_housekeeping(),
        **_coordinators(state.kafka_version),
    }
    if BROKER in broker.roles:
        properties["broker.rack"] = broker.rack
    if state.secure:
        properties.update(_security(state, broker))
    return {**properties, **broker.overrides}


def data_dir(home: Path, broker_id: int) -> Path:
    """The first log directory of a broker, which holds its metadata."""
    return broker_dir(home, broker_id) / "data"


def log_dirs(state: SandboxState, broker_id: int) -> tuple[Path, ...]:
    """Return the log directories of a broker: ``data``, then ``data-2`` and so on."""
    first = data_dir(state.home, broker_id)
    further = (first.with_name(f"data-{n}") for n in range(2, state.log_dirs + 1))
    return (first, *further)


def render(properties: Mapping[str, str]) -> str:
    """Write properties as Java reads them."""
    return "".join(f"{key}={_escaped(value)}\n" for key, value in sorted(properties.items()))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")


def _listeners(state: SandboxState, broker: BrokerState) -> dict[str, str]:
    served = served_by(broker.roles, secure=state.secure)
    addresses = [f"{one.name}://{LOOPBACK}:{broker.ports[one.name]}" for one in served]
    protocols = [f"{one.name}:{one.protocol}" for one in listeners_of(secure=state.secure)]
    return {
        "listeners": ",".join(addresses),
        "listener.security.protocol.map": ",".join(protocols),
        "inter.broker.listener.name": INTERNAL_LISTENER,
        "controller.listener.names": CONTROLLER_LISTENER,
    }


def _replication(brokers: int) -> dict[str, str]:
    factor, in_sync = min(3, brokers), 2 if brokers >= 3 else 1
    properties = {
        "default.replication.factor": str(factor),
        "min.insync.replicas": str(in_sync),
        "offsets.topic.replication.factor": str(factor),
    }
    for topic in ("transaction.state.log", "share.coordinator.state.topic"):
        properties[f"{topic}.replication.factor"] = str(factor)
        properties[f"{topic}.min.isr"] = str(in_sync)
    return properties


def _housekeeping() -> dict[str, str]:
    return {
        "auto.create.topics.enable": "false",
        "delete.topic.enable": "true",
        "unclean.leader.election.enable": "false",
        "num.partitions": "3",
        "log.retention.ms": str(_WEEK_MS),
        "log.retention.bytes": str(_GIB),
        "log.message.timestamp.after.max.ms": str(3_600_000),
        "log.segment.bytes": str(_GIB // 4),
        "num.recovery.threads.per.data.dir": "2",
        "max.connections.per.ip": "5000",
        "num.network.threads": "3",
        "num.io.threads": "4",
        "offsets.topic.num.partitions": "10",
        "transaction.state.log.num.partitions": "10",
        "share.coordinator.state.topic.num.partitions": "10",
        # a killed broker is fenced, and a stopped one gone, within a time that people will wait
        "broker.session.timeout.ms": "6000",
        "controlled.shutdown.enable": "true",
    }


def _coordinators(version: str) -> dict[str, str]:
    properties = {
        "group.initial.rebalance.delay.ms": "500",
        "group.min.session.timeout.ms": "1000",
    }
    if version_key(version) >= (4, 0):
        properties["group.consumer.min.session.timeout.ms"] = "1000"
        properties["group.consumer.min.heartbeat.interval.ms"] = "500"
    return properties


def _security(state: SandboxState, broker: BrokerState) -> dict[str, str]:
    credentials = credentials_of(state.home)
    properties = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMIN};User:{BROKER_PRINCIPAL}",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        "ssl.principal.mapping.rules": PRINCIPAL_RULES,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(credentials.broker_keystore),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(credentials.ca),
        "ssl.client.auth": "required",
    }
    for listener in served_by(broker.roles, secure=True):
        properties.update(_listener_security(listener, credentials))
    return properties


def _listener_security(listener: SandboxListener, credentials: Credentials) -> dict[str, str]:
    prefix = f"listener.name.{listener.name.lower()}"
    properties = {
        f"{prefix}.ssl.client.auth": "required" if listener.client_certificate else "none"
    }
    if listener.sasl_mechanism is None:
        return properties
    mechanism = listener.sasl_mechanism
    properties[f"{prefix}.sasl.enabled.mechanisms"] = mechanism
    properties[f"{prefix}.{mechanism.lower()}.sasl.jaas.config"] = _jaas(mechanism, credentials)
    return properties


def _jaas(mechanism: str, credentials: Credentials) -> str:
    if mechanism != "PLAIN":
        return f"{_SCRAM_LOGIN} required;"
    password = credentials.admin_password.read_text(encoding="utf-8")
    return f'{_PLAIN_LOGIN} required user_{ADMIN}="{password}";'
