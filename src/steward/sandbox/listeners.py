"""A broker's listeners, their authentication, and the one clients get first."""

from collections.abc import Mapping
from dataclasses import dataclass

from steward.sandbox.ports import LOOPBACK
from steward.sandbox.state import BROKER, CONTROLLER, BrokerState

CONTROLLER_LISTENER = "CONTROLLER"
INTERNAL_LISTENER = "INTERNAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxListener:
    """One listener."""

    name: str
    protocol: str
    """Kafka's security protocol."""
    sasl_mechanism: str | None = None
    client_certificate: bool = False
    """True if the client must present a certificate (mTLS)."""
    for_clients: bool = True


OPEN = (
    SandboxListener(name="PLAINTEXT", protocol="PLAINTEXT"),
    SandboxListener(name=INTERNAL_LISTENER, protocol="PLAINTEXT", for_clients=False),
    SandboxListener(name=CONTROLLER_LISTENER, protocol="PLAINTEXT", for_clients=False),
)
SECURE = (
    SandboxListener(name="SCRAM", protocol="SASL_SSL", sasl_mechanism="SCRAM-SHA-512"),
    SandboxListener(name="PLAIN", protocol="SASL_SSL", sasl_mechanism="PLAIN"),
    SandboxListener(name="TLS", protocol="SSL"),
    SandboxListener(name="MTLS", protocol="SSL", client_certificate=True),
    SandboxListener(
        name=INTERNAL_LISTENER, protocol="SSL", client_certificate=True, for_clients=False
    ),
    SandboxListener(
        name=CONTROLLER_LISTENER, protocol="SSL", client_certificate=True, for_clients=False
    ),
)
"""The first one is in ``bootstrap_servers``; brokers use mTLS among themselves."""


def listeners_of(*, secure: bool) -> tuple[SandboxListener, ...]:
    """List the listeners of a sandbox."""
    return SECURE if secure else OPEN


def served_by(broker_roles: tuple[str, ...], *, secure: bool) -> tuple[SandboxListener, ...]:
    """List the listeners that a process of these roles binds."""
    return tuple(
        listener
        for listener in listeners_of(secure=secure)
        if (CONTROLLER if listener.name == CONTROLLER_LISTENER else BROKER) in broker_roles
    )


def client_bootstraps(brokers: tuple[BrokerState, ...], *, secure: bool) -> Mapping[str, str]:
    """Return the bootstrap servers of each listener for clients."""
    return {
        listener.name: ",".join(f"{LOOPBACK}:{broker.ports[listener.name]}" for broker in brokers)
        for listener in listeners_of(secure=secure)
        if listener.for_clients
    }
