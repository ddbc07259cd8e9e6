"""Client configuration (librdkafka) of scenarios."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steward.sandbox.status import SandboxStatus

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Producer

REQUEST_S = 45.0
"""Timeout of an administrative request of a scenario."""
_SILENT = {"log_level": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A SCRAM user of a secured sandbox."""

    user: str
    password: str = field(repr=False)


def producer(
    sandbox: SandboxStatus, settings: Mapping[str, Any], login: Login | None = None
) -> "Producer":
    """Create a producer."""
    from confluent_kafka import Producer

    return Producer({**connection(sandbox, login), **settings})


def consumer(
    sandbox: SandboxStatus, settings: Mapping[str, Any], login: Login | None = None
) -> "Consumer":
    """Create a consumer."""
    from confluent_kafka import Consumer

    return Consumer({**connection(sandbox, login), **settings})


def admin(sandbox: SandboxStatus) -> Any:
    """Create an admin client; keep it until its answers, which are untyped, have arrived."""
    return admin_types().AdminClient(connection(sandbox, None))


def admin_types() -> Any:
    """Return the module of the requests that an AdminClient takes."""
    return importlib.import_module("confluent_kafka.admin")


def connection(sandbox: SandboxStatus, login: Login | None = None) -> dict[str, Any]:
    """Return librdkafka's connection settings: as the administrator, or as another user."""
    known = sandbox.connection
    settings: dict[str, Any] = {"bootstrap.servers": sandbox.bootstrap_servers, **_SILENT}
    if not sandbox.secure:
        return settings
    if login is None:
        password = Path(known["sasl_password_file"]).read_text(encoding="utf-8").strip()
        login = Login(user=known["sasl_username"], password=password)
    return {
        **settings,
        "security.protocol": known["security_protocol"],
        "sasl.mechanism": known["sasl_mechanism"],
        "sasl.username": login.user,
        "sasl.password": login.password,
        "ssl.ca.location": known["ssl_ca_file"],
    }
