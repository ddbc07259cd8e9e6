"""The daemon's HTTP routes: metrics and health. Read-only, and only for authorized clients."""

import hmac
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from steward.daemon.http.connections import HttpLimits
from steward.daemon.metrics.exposition import CONTENT_TYPE
from steward.model.connection import Secret

OPEN_PATHS = frozenset({"/healthz"})
"""Paths that answer without a token, and under any load: they only show that the process is alive."""

_CHUNK = 256 * 1024
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\[\]:]+)(?::[0-9]*)?")

Readiness = tuple[bool, dict[str, Any]]


def application(
    page: Callable[[], Iterable[str]],
    readiness: Callable[[], Readiness],
    token: Secret | None,
    *,
    hosts: frozenset[str] | None = None,
    limits: HttpLimits | None = None,
) -> Starlette:
    """Create the application.

    ``page`` writes the metrics, piece by piece; ``readiness`` returns whether all is well, and details. With a token
    every path except OPEN_PATHS requires ``Authorization: Bearer TOKEN``. ``hosts`` are the only host names accepted,
    None: any.
    """

    def metrics(_: Request) -> Response:
        return StreamingResponse(_chunks(page()), media_type=CONTENT_TYPE)

    async def healthz(_: Request) -> Response:  # on the event loop: all threads may be busy
        return PlainTextResponse("ok\n")

    def readyz(_: Request) -> Response:
        ready, detail = readiness()
        body = json.dumps(detail, indent=2) + "\n"
        return Response(body, 200 if ready else 503, media_type="application/json")

    def index(_: Request) -> Response:
        return PlainTextResponse("steward: /metrics /healthz /readyz\n")

    return Starlette(
        routes=[
            Route("/", index, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
            Route("/healthz", healthz, methods=["GET"]),
            Route("/readyz", readyz, methods=["GET"]),
        ],
        middleware=[
            *([Middleware(_Hosts, hosts=hosts)] if hosts is not None else []),
            *([Middleware(_Bearer, token=token)] if token else []),
            Middleware(_Bounded, limits=limits or HttpLimits()),
        ],
    )


def _chunks(texts: Iterable[str]) -> Iterator[bytes]:
    """Join small pieces, so that a page is not sent line by line."""
    waiting: list[str] = []
    size = 0
    for text in texts:
        waiting.append(text)
        size += len(text)
        if size >= _CHUNK:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()


class _Hosts:
    """Passes requests with an accepted host name: a web page whose name resolves to this machine has another one."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421 or pass on."""
        if scope["type"] != "http" or host_of(_header(scope, b"host")) in self._hosts:
            await self._app(scope, receive, send)
            return
        refusal = PlainTextResponse(
            "421: this host name is not served here; add it to [serve] allowed_hosts\n", 421
        )
        await refusal(scope, receive, send)


class _Bounded:
    """Passes as many requests at once as can be answered, and none with a large body; health checks always."""

    def __init__(self, app: ASGIApp, limits: HttpLimits) -> None:
        self._app = app
        self._limits = limits
        self._answering = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 or 503, or pass on."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        size = _header(scope, b"content-length")
        if size.isdigit() and int(size) > self._limits.body_bytes:
            await PlainTextResponse("413: a request needs no body\n", 413)(scope, receive, send)
            return
        if self._answering >= self._limits.answers:
            busy = PlainTextResponse("503: too many requests at once\n", 503, {"Retry-After": "1"})
            await busy(scope, receive, send)
            return
        self._answering += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._answering -= 1


def host_of(value: bytes) -> str:
    """Return the name in a Host header, without port, brackets and a final dot; empty where it is invalid."""
    found = _HOST.fullmatch(value.decode("latin-1").strip().lower())
    return found["name"].strip("[]").removesuffix(".") if found else ""


def _header(scope: Scope, name: bytes) -> bytes:
    return next((v for k, v in scope["headers"] if k.lower() == name), b"")


class _Bearer:
    """Passes requests with the token; compares in constant time."""

    def __init__(self, app: ASGIApp, token: Secret) -> None:
        self._app = app
        self._expected = f"Bearer {token.reveal()}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or pass on."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or self._is_allowed(scope):
            await self._app(scope, receive, send)
            return
        refusal = PlainTextResponse(
            "401: bearer token required\n", 401, {"WWW-Authenticate": "Bearer"}
        )
        await refusal(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        return hmac.compare_digest(_header(scope, b"authorization"), self._expected)
