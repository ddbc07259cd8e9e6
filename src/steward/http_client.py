"""The HTTP client for other servers: a total deadline, limited answers, verified TLS, and faults without secrets.

urllib3 limits each wait on a socket, not their sum: a server that sends a byte at a time is waited for without end.
Therefore a request runs in its own thread; at the deadline its socket is shut down and the caller continues.
"""

import base64
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from steward.model.redaction import remember_secret, remember_url, shown_url, sieved
from steward.model.unknown import Unknown, Why
from steward.model.wording import duration

if TYPE_CHECKING:  # imported when needed
    import ssl

_CHUNK_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
_DEFAULT_PORTS = {"http": 80, "https": 443}
_OK = 200
_DENIED = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time by which one or several operations must be done."""

    at: float
    seconds: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline in this many seconds."""
        return cls(time.monotonic() + seconds, seconds)

    @property
    def left(self) -> float:
        """Seconds until then, 0 afterwards."""
        return max(0.0, self.at - time.monotonic())


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """A server's answer: the status line, and the body as far as requested."""

    status: int
    reason: str
    body: bytes

    @property
    def is_ok(self) -> bool:
        """Whether the request succeeded."""
        return self.status == _OK

    @property
    def said(self) -> str:
        """The status line, for people; secrets are removed, because a server may repeat the request in it."""
        return sieved(f"{self.status} {self.reason}".rstrip())


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request.

    ``url`` may contain a login, which becomes a header. ``most_bytes`` limits the answer's body; a larger one is
    refused, or truncated with ``cuts_body``. ``ca_file``: CAs in place of the system's. ``uses_proxy``: whether a proxy
    from the environment is used.
    """

    url: str
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    most_bytes: int
    cuts_body: bool = False
    ca_file: str | None = None
    uses_proxy: bool = False


def exchange(request: HttpRequest, deadline: Deadline) -> HttpAnswer | Unknown:
    """Send a request and return the answer, or why there is none; the text names the host but no secret of the URL.

    The deadline covers everything: DNS, connection, TLS, headers, body, redirects. A GET follows a few redirects within
    its own scheme, host and port; other redirects are returned as answers.
    """
    if deadline.left <= 0:
        return _too_late(deadline)
    call = _Call(request, deadline)
    return call.run()


def get(
    url: str,
    deadline: Deadline,
    *,
    most_bytes: int,
    accept: str,
    headers: Mapping[str, str] | None = None,
) -> bytes | Unknown:
    """Return the body at a URL, or why there is none, with the URL as it may be shown: without secrets.

    An answer other than 200 is Unknown with its status; its reason is DENIED for 401 and 403, REFUSED for others.
    """
    remember_url(url)
    request = HttpRequest(
        url=url, headers={"Accept": accept, **(headers or {})}, most_bytes=most_bytes
    )
    answer = exchange(request, deadline)
    if isinstance(answer, Unknown):
        mark = "" if answer.why is Why.TIMED_OUT else ":"
        return Unknown(answer.why, f"{shown_url(url)}{mark} {answer.detail}")
    if not answer.is_ok:
        why = Why.DENIED if answer.status in _DENIED else Why.REFUSED
        return Unknown(why, f"{shown_url(url)} answered {answer.said}")
    return answer.body


def _too_late(deadline: Deadline) -> Unknown:
    return Unknown(Why.TIMED_OUT, f"did not answer within {duration(deadline.seconds)}")


class _Refusal(Exception):
    """A rejected answer or URL; its text holds no secret."""


class _Call:
    """One exchange in its own thread."""

    def __init__(self, request: HttpRequest, deadline: Deadline) -> None:
        self._request = request
        self._deadline = deadline
        self._lock = threading.Lock()
        self._is_over = False
        self._socket: socket.socket | None = None
        self._done = threading.Event()
        self._outcome: HttpAnswer | Unknown = _too_late(deadline)

    def run(self) -> HttpAnswer | Unknown:
        """Wait for the result, until the deadline."""
        threading.Thread(target=self._work, name="steward-http-client", daemon=True).start()
        self._done.wait(self._deadline.left)
        with self._lock:
            if self._is_over:
                return self._outcome
            self._is_over = True
            self._shut_down()
            return _too_late(self._deadline)

    def _work(self) -> None:
        outcome = self._tried()
        with self._lock:
            self._shut_down()
            if not self._is_over:
                self._outcome, self._is_over = outcome, True
        self._done.set()

    def opened(self, connected: socket.socket) -> None:
        """Register a connection's socket, to shut it down at the deadline.

        Errors: TimeoutError, if it has passed.
        """
        with self._lock:
            if self._is_over:
                connected.close()
                raise TimeoutError
            self._shut_down()
            self._socket = connected.dup()  # TLS takes over the original

    def _shut_down(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None

    def _tried(self) -> HttpAnswer | Unknown:
        import urllib3

        try:
            return self._followed()
        except _Refusal as refusal:
            return Unknown(Why.REFUSED, str(refusal))
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            if self._deadline.left <= 0:
                return _too_late(self._deadline)
            return _unknown(error, self._deadline)

    def _followed(self) -> HttpAnswer:
        url = self._request.url
        for _ in range(_MOST_REDIRECTS + 1):
            answer, location = self._sent(_checked(url))
            is_redirect = answer.status in _REDIRECTS and bool(location)
            if not is_redirect or self._request.method != "GET":
                return answer
            target = urljoin(url, location)
            if _origin(_checked(target)) != _origin(_checked(url)):
                return answer
            url = target
        raise _Refusal(f"redirects more than {_MOST_REDIRECTS} times")

    def _sent(self, parts: SplitResult) -> tuple[HttpAnswer, str]:
        request = self._request
        place = _place(parts)
        manager = _manager(parts, self.opened, request)
        try:
            response = manager.urlopen(
                request.method,
                place,
                body=request.body,
                headers=_headers(parts, request),
                timeout=self._deadline.left,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            body = _body(response, request)
        finally:
            manager.clear()
        return (
            HttpAnswer(status=response.status, reason=response.reason or "", body=body),
            response.headers.get("Location", ""),
        )


def _headers(parts: SplitResult, request: HttpRequest) -> Mapping[str, str]:
    login: dict[str, str] = {}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        login["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        remember_secret(login["Authorization"])
    own = {"User-Agent": "steward", "Accept-Encoding": "identity"}
    return {**own, **login, **request.headers}


def _body(response: Any, request: HttpRequest) -> bytes:
    """Read a body up to the limit; compression was not requested, and could expand without end."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity") and not request.cuts_body:
        raise _Refusal("sent an encoding that was not requested")
    chunks: list[bytes] = []
    left = request.most_bytes
    for chunk in response.stream(_CHUNK_BYTES, decode_content=False):
        chunks.append(chunk[:left] if request.cuts_body else chunk)
        left -= len(chunk)
        if left < 0 and not request.cuts_body:
            raise _Refusal(f"its answer is larger than {request.most_bytes:,} bytes")
        if left <= 0 and request.cuts_body:
            break
    return b"".join(chunks)


def _checked(url: str) -> SplitResult:
    """Parse a URL; its text stays out of the error."""
    wrong = "not an http:// or https:// URL with a host"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _Refusal(wrong) from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or port == 0:
        raise _Refusal(wrong)
    return parts


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme]


def _unknown(error: BaseException, deadline: Deadline) -> Unknown:
    """Describe a failure without any part of the URL or headers."""
    import ssl

    import urllib3.exceptions as faults

    causes = [error]
    while (inner := _cause(causes[-1])) is not None and inner not in causes:
        causes.append(inner)
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            said = f"its certificate does not verify: {cause.verify_message}"
            return Unknown(Why.UNREACHABLE, said)
    for cause in causes:
        if isinstance(cause, TimeoutError):
            return _too_late(deadline)
        if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, ssl.SSLError):
            return Unknown(Why.UNREACHABLE, cause.strerror)
    if any(isinstance(c, faults.TimeoutError) for c in causes):  # urllib3 counts rejected ones too
        return _too_late(deadline)
    if any(isinstance(c, ssl.SSLError) for c in causes):
        return Unknown(Why.UNREACHABLE, "TLS failed: it may not speak TLS")
    if any(isinstance(c, faults.IncompleteRead) for c in causes):
        return Unknown(Why.REFUSED, "its answer ended early")
    if isinstance(error, ValueError | UnicodeError):
        return Unknown(Why.REFUSED, "the URL or a header contains characters that HTTP forbids")
    return Unknown(Why.UNREACHABLE, f"is not an HTTP server: {type(error).__name__}")


def _cause(error: BaseException) -> BaseException | None:
    reason = getattr(error, "reason", None)
    if isinstance(reason, BaseException):
        return reason
    inner = [a for a in error.args if isinstance(a, BaseException)]
    return inner[0] if inner else error.__cause__ or error.__context__


def _manager(
    parts: SplitResult, opened: Callable[[socket.socket], None], request: HttpRequest
) -> Any:
    """Return urllib3's pool manager for one request, which registers each socket it opens."""
    import urllib3
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            connected = super()._new_conn()
            opened(connected)
            return connected

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            connected = super()._new_conn()
            opened(connected)
            return connected

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls: Any = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls: Any = Secure

    context = _verifying(request.ca_file) if parts.scheme == "https" else None
    proxy = _proxy(parts) if request.uses_proxy else None
    found: Any = (
        urllib3.ProxyManager(proxy, ssl_context=context)
        if proxy
        else urllib3.PoolManager(ssl_context=context)
    )
    found.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return found


def _proxy(parts: SplitResult) -> str | None:
    """Return the proxy that the environment sets for a URL."""
    from urllib.request import getproxies, proxy_bypass  # noqa: TID251 (reads the environment only)

    host = parts.hostname or ""
    return None if proxy_bypass(host) else getproxies().get(parts.scheme)


def _place(parts: SplitResult) -> str:
    """Return the URL without its login."""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path or '/'}" + (
        f"?{parts.query}" if parts.query else ""
    )


def _verifying(ca_file: str | None) -> "ssl.SSLContext":
    """Return a context that verifies against the system's CAs, including company ones, or a file's."""
    import ssl

    if ca_file:
        return ssl.create_default_context(cafile=ca_file)
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
