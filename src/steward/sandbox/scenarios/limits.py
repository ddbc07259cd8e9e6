"""Quotas that scenarios set on their own clients and remove at the end."""

import secrets
import threading
from collections.abc import Callable, Mapping

from steward.sandbox.scenarios.clients import Login
from steward.sandbox.scenarios.raw_connection import RawConnection
from steward.sandbox.scenarios.raw_requests import alter_quotas
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.users import create_user


def limited(run: ScenarioRun, client_id: str, limits: Mapping[str, float]) -> Login | None:
    """Set the quotas of a client: of a user created for it on a secured sandbox, else of its client id.

    Shape: limits by quota name, bytes per second on each broker; returns the login to connect with, None without one.
    """
    login = create_user(run, client_id, secrets.token_urlsafe(16)) if run.sandbox.secure else None
    entity = ("user" if login else "client-id", client_id)
    with RawConnection(run.sandbox, run.sandbox.brokers[0].id) as connection:
        alter_quotas(connection, entity, limits)
    run.life.at_end(lambda: _unlimited(run, entity, limits))
    return login


def when_throttled(event: threading.Event) -> Callable[[object], None]:
    """Make a client's throttle_cb that sets an event."""
    return lambda _throttled: event.set()


def _unlimited(run: ScenarioRun, entity: tuple[str, str], limits: Mapping[str, float]) -> None:
    with RawConnection(run.sandbox, run.sandbox.brokers[0].id) as connection:
        alter_quotas(connection, entity, dict.fromkeys(limits))
