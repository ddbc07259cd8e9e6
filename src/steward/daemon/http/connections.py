"""Connections of the daemon's HTTP server: limited in number and time, so that no client blocks the others."""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Limits of the HTTP server.

    ``connections``: open at once; one more closes the one that has waited longest for its request. ``header_seconds``:
    from the first byte of a request (or the opening of a connection) to the end of its headers. ``idle_seconds``:
    between two requests. ``answer_seconds``: from the headers to the last byte of the answer, however slowly it is
    read. ``header_bytes``, ``body_bytes``: of one request. ``answers``: in progress at once, health checks excluded.
    """

    connections: int = 256
    header_seconds: float = 10.0
    idle_seconds: float = 65.0
    answer_seconds: float = 60.0
    header_bytes: int = 16 * 1024
    body_bytes: int = 16 * 1024
    answers: int = 16


def uvicorn_config(application: ASGIApp, limits: HttpLimits) -> uvicorn.Config:
    """Configure uvicorn to serve an application within limits."""
    protocol: Any = partial(BoundedConnection, connections=Connections(limits))
    return uvicorn.Config(
        application,
        http=protocol,
        ws="none",
        log_config=None,
        log_level="error",
        access_log=False,
        lifespan="off",
        server_header=False,
        h11_max_incomplete_event_size=limits.header_bytes,
        timeout_keep_alive=int(limits.idle_seconds) + 1,
        timeout_graceful_shutdown=2,
    )


class _State(Enum):
    IDLE = auto()
    """no byte of a request yet"""
    HEADERS = auto()
    """a request has started, or must start at once"""
    ANSWERING = auto()


class Connections:
    """All open connections, those that have waited longest first."""

    def __init__(self, limits: HttpLimits) -> None:
        self.limits = limits
        self._open: dict[BoundedConnection, None] = {}

    def add(self, connection: "BoundedConnection") -> None:
        """Add a connection; if there is no room, close the one that has waited longest.

        If all are being answered, the oldest answer is closed.
        """
        if len(self._open) >= self.limits.connections:
            waiting = (c for c in self._open if c.state is not _State.ANSWERING)
            oldest = next(waiting, None) or next(iter(self._open))
            self.discard(oldest)
            oldest.abort()
        self._open[connection] = None

    def move_to_end(self, connection: "BoundedConnection") -> None:
        """Record that a connection starts to wait, or starts to be answered."""
        if connection in self._open:
            del self._open[connection]
            self._open[connection] = None

    def discard(self, connection: "BoundedConnection") -> None:
        """Remove a connection."""
        self._open.pop(connection, None)


class BoundedConnection(H11Protocol):
    """One connection with a timeout for each state; single bytes do not extend it."""

    def __init__(self, *args: Any, connections: Connections, **named: Any) -> None:
        super().__init__(*args, **named)
        self.state = _State.HEADERS
        self._all = connections
        self._limits = connections.limits
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Register it, and expect a request at once."""
        super().connection_made(transport)
        self._enter(_State.HEADERS, self._limits.header_seconds)
        self._all.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove it."""
        self._all.discard(self)
        self._cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read; the timeout of headers starts with the request's first byte and is not extended by later ones."""
        if self.state is _State.IDLE:
            self._enter(_State.HEADERS, self._limits.header_seconds)
        super().data_received(data)

    def handle_events(self) -> None:
        """Handle complete headers: the timeout of the answer starts."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and not self.cycle.response_complete:
            self._enter(_State.ANSWERING, self._limits.answer_seconds)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._enter(_State.IDLE, self._limits.idle_seconds)
        super().on_response_complete()

    def abort(self) -> None:
        """Close it at once, dropping unsent data."""
        self._cancel()
        self.transport.abort()

    def _enter(self, state: _State, seconds: float) -> None:
        self._cancel()
        self.state = state
        self._all.move_to_end(self)
        self._timer = self.loop.call_later(seconds, self.abort)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
