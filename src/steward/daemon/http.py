"""What the daemon answers over HTTP: metrics, and whether it is well. Reads only, and only for those who may."""

import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from steward.metrics.exposition import CONTENT_TYPE
from steward.model.connection import Secret

OPEN_PATHS = frozenset({"/healthz"})
"""What answers without a token: it says no more than that the process lives."""

_CHUNK = 256 * 1024

Readiness = tuple[bool, dict[str, Any]]


def application(
    page: Callable[[], Iterable[str]], readiness: Callable[[], Readiness], token: Secret | None
) -> Starlette:
    """Make the application.

    Shape: ``page`` writes the metrics, piece by piece; ``readiness`` tells whether all is well and the details.
           With a token every path but those in OPEN_PATHS needs ``Authorization: Bearer TOKEN``.
    """

    def metrics(_: Request) -> Response:
        return StreamingResponse(_chunks(page()), media_type=CONTENT_TYPE)

    def healthz(_: Request) -> Response:
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
        middleware=[Middleware(_Bearer, token=token)] if token else [],
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


class _Bearer:
    """Lets through what carries the token; compares in constant time."""

    def __init__(self, app: ASGIApp, token: Secret) -> None:
        self._app = app
        self._expected = f"Bearer {token.reveal()}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or hand on."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or self._is_allowed(scope):
            await self._app(scope, receive, send)
            return
        refusal = PlainTextResponse(
            "401: a bearer token is needed\n", 401, {"WWW-Authenticate": "Bearer"}
        )
        await refusal(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        given = next((v for k, v in scope["headers"] if k.lower() == b"authorization"), b"")
        return hmac.compare_digest(given, self._expected)
