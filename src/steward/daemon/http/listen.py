"""The daemon's listen address: local only, unless a token protects it."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address

from steward.model.connection import Secret
from steward.model.error import ConfigurationError, UsageError


def parse_listen(text: str) -> tuple[str, int]:
    """Parse ``HOST:PORT``; port 0 takes a free one.

    Errors: UsageError for anything else.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if (
        not colon
        or not host
        or not (port.isascii() and port.isdigit() and len(port) <= 5)
        or int(port) > 65535
    ):
        raise UsageError(
            f"invalid listen address {text!r}", remedy="write HOST:PORT, such as 127.0.0.1:9642"
        )
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def check_guard(host: str, token: Secret | None) -> None:
    """Refuse an address that other machines can reach, if no token is set.

    Errors: ConfigurationError, also for an empty token.
    """
    if token is not None and not token.reveal():
        raise ConfigurationError(
            "the token in [serve] is empty",
            remedy="put a long random text where serve.token_* points",
        )
    if token is None and not is_loopback(host):
        raise ConfigurationError(
            f"{host} is reachable from other machines, but [serve] has no token",
            remedy="set token_env, token_file or token_command in [serve], or listen on 127.0.0.1",
        )


def hosts_served(listener: socket.socket, names: Iterable[str]) -> frozenset[str] | None:
    """Return the host names accepted in requests; None: any, for a server with a token.

    A browser on this machine can be directed here under any name (DNS rebinding); a server for other machines has a
    token.
    """
    bound = str(listener.getsockname()[0])
    if not is_loopback(bound):
        return None
    own = {"localhost", "127.0.0.1", "::1", bound}
    return frozenset(own | {n.strip("[]").removesuffix(".").lower() for n in names})


def bind(host: str, port: int) -> socket.socket:
    """Open the listening socket.

    Errors: ConfigurationError where the address is taken or is not this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as fault:
        raise ConfigurationError(
            f"cannot listen on {host}:{port}: {fault.strerror or fault}",
            remedy="choose another address with --listen HOST:PORT",
        ) from None
    return listener
