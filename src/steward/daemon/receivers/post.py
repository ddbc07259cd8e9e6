"""One POST over HTTP: verified TLS, a deadline, and errors without secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

from steward.http_client import Deadline, HttpRequest, exchange
from steward.model.connection import Secret
from steward.model.unknown import Unknown

_REFUSED_BODY = (400, 413, 415, 422)
_LONGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverAnswer:
    """A receiver's answer. ``detail`` is for people: a status or an error, without path, query or login.

    ``is_refusal``: the body itself was refused, so sending it again does not help.
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
) -> ReceiverAnswer:
    """Send a body and return the answer; every failure is an answer.

    Redirects are not followed: they would carry the secret elsewhere. A proxy of the environment is used.
    """
    begun = monotonic()
    host = _host(url.reveal())
    request = HttpRequest(
        url=url.reveal(),
        method="POST",
        body=body,
        headers=headers,
        most_bytes=_LONGEST_ANSWER,
        cuts_body=True,
        ca_file=ca_file,
        uses_proxy=True,
    )
    answered = exchange(request, Deadline.after(timeout_seconds))
    seconds = monotonic() - begun
    if isinstance(answered, Unknown):
        detail = f"{host}: {answered.detail}" if host else answered.detail
        return ReceiverAnswer(ok=False, detail=detail, seconds=seconds)
    return ReceiverAnswer(
        ok=200 <= answered.status < 300,
        detail=f"{host}: {answered.said}",
        seconds=seconds,
        is_refusal=answered.status in _REFUSED_BODY,
    )


def _host(url: str) -> str:
    """Return host and port, which are no secret; empty for an invalid URL."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return ""
    return f"{parts.hostname}{port}" if parts.scheme in ("http", "https") and parts.hostname else ""
