"""Loopback ports for sandboxes."""

import random
import socket
from collections.abc import Container

from steward.model.command import Hint, steward
from steward.sandbox.error import SandboxError

LOOPBACK = "127.0.0.1"
# Below the ephemeral range of outgoing connections: a port must still be
# free when its broker restarts.
_RANGE = range(20_000, 32_000)
_ATTEMPTS = 500


def free_ports(count: int, *, taken: Container[int] = ()) -> list[int]:
    """Find ports that are free and not reserved by another sandbox.

    Errors: SandboxError if there are not enough.
    """
    found: list[int] = []
    for port in random.SystemRandom().sample(_RANGE, _ATTEMPTS):
        if len(found) == count:
            break
        if port not in taken and is_free(port):
            found.append(port)
    if len(found) < count:
        raise SandboxError(
            f"fewer than {count} free ports on {LOOPBACK} between {_RANGE.start} and {_RANGE.stop}",
            remedy=Hint(
                "Stop what listens there, or other sandboxes: ",
                steward("sandbox down", name="NAME"),
            ),
        )
    return found


def is_free(port: int) -> bool:
    """Return whether a server could bind the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def accepts(port: int, *, timeout_s: float = 0.2) -> bool:
    """Return whether a server accepts connections on the port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout_s):
            return True
    except OSError:
        return False
