"""One POST over HTTP: TLS verified, bounded in time, and failures that give no secret away."""

import base64
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from steward.model.connection import Secret

_REFUSED_BODY = (400, 413, 415, 422)
_LONGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a receiver answered. ``detail`` is for people: a status or an error, without path, query or login.

    ``is_refusal`` is true where the body itself was refused: to send it again does not help.
    """

    ok: bool
    detail: str
    seconds: float
    is_refusal: bool = False


def post(
    url: Secret,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout_seconds: float,
    ca_file: str | None = None,
) -> Answer:
    """Send a body and return the answer; every failure is an answer.

    Shape: redirects are not followed: they would carry the secret elsewhere. A proxy of the environment is used.
    """
    begun = monotonic()
    try:
        exchange = _Exchange(url.reveal(), timeout_seconds, ca_file)
    except ValueError:  # its text may show the URL
        detail = "its URL is not http:// or https:// with a host"
        return Answer(ok=False, detail=detail, seconds=0.0)
    try:
        status, reason = exchange.run(body, headers)
    except (OSError, HTTPException, ValueError) as e:
        detail = f"{exchange.host}: {_said(e, timed_out=exchange.is_over)}"
        return Answer(ok=False, detail=detail, seconds=monotonic() - begun)
    return Answer(
        ok=200 <= status < 300,
        detail=f"{exchange.host}: {status} {reason}".rstrip(),
        seconds=monotonic() - begun,
        is_refusal=status in _REFUSED_BODY,
    )


def _said(error: Exception, *, timed_out: bool) -> str:
    if timed_out or isinstance(error, TimeoutError):
        return "did not answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not verify: {error.verify_message}"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return f"is no HTTP server: {type(error).__name__}"


class _Exchange:
    """One request to one URL, ended as a whole at its deadline."""

    def __init__(self, url: str, timeout_seconds: float, ca_file: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(parts.scheme)
        self.host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
        self.is_over = False
        self._parts = parts
        self._timeout = timeout_seconds
        self._ca_file = ca_file

    def run(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Send, and return status and reason."""
        connection, target = self._connection()
        timer = Timer(self._timeout, self._end, [connection])
        timer.daemon = True
        timer.start()
        try:
            connection.request("POST", target, body, {**self._login(), **headers})
            response = connection.getresponse()
            if self.is_over:  # broken off in the middle of the headers, which reads like their end
                raise TimeoutError
            with suppress(OSError, HTTPException):  # the status has said it
                response.read(_LONGEST_ANSWER)
            return response.status, response.reason
        finally:
            timer.cancel()
            connection.close()

    def _end(self, connection: HTTPConnection) -> None:
        """Break off: a receiver that drips bytes would otherwise keep us for ever."""
        self.is_over = True
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _connection(self) -> tuple[HTTPConnection, str]:
        parts, host = self._parts, self._parts.hostname or ""
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        proxy = None if proxy_bypass(host) else getproxies().get(parts.scheme)
        through = urlsplit(proxy) if proxy else None
        if parts.scheme == "http":
            if through is not None and through.hostname:
                connection = HTTPConnection(through.hostname, through.port, timeout=self._timeout)
                return connection, f"http://{self.host}{path}"
            return HTTPConnection(host, parts.port, timeout=self._timeout), path
        context = _verifying(self._ca_file)
        if through is not None and through.hostname:
            secured = HTTPSConnection(
                through.hostname, through.port, timeout=self._timeout, context=context
            )
            secured.set_tunnel(host, parts.port or 443)
            return secured, path
        return HTTPSConnection(host, parts.port, timeout=self._timeout, context=context), path

    def _login(self) -> Mapping[str, str]:
        """Return the URL's login as a header."""
        parts = self._parts
        if parts.username is None:
            return {}
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _verifying(ca_file: str | None) -> Any:
    """Return a context that verifies against the system's authorities, company ones included, or a file's."""
    if ca_file:
        return ssl.create_default_context(cafile=ca_file)
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
