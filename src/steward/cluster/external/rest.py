"""Requests JSON over REST from services beside Kafka, bounded in time and size; a failure is Unknown."""

from typing import Any
from urllib.parse import quote, urlsplit

from steward.documents.fault import DocumentError
from steward.documents.json_text import read_json
from steward.http_client import Deadline, HttpRequest, exchange
from steward.model.connection import Secret
from steward.model.redaction import remember_url, shown_url
from steward.model.unknown import Unknown, Why

LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
_DENIED = frozenset({401, 403})


class RestService:
    """One service by its address; ``authorization`` is the value of that header, ``deadline`` covers all its requests.

    Redirects to another host are not followed: they would carry the authorization there.
    """

    def __init__(self, url: str, authorization: Secret | None, deadline: Deadline) -> None:
        remember_url(url)
        self._url = url
        self._authorization = authorization
        self._deadline = deadline

    @property
    def place(self) -> str:
        """The address without possible secrets."""
        return shown_url(self._url)

    def get(self, *path: str, query: str = "") -> Any:
        """Return the JSON at a path below the address, or Unknown."""
        below = "/".join(quote(step, safe="") for step in path)
        base = _without_query(self._url)
        headers = {"Accept": "application/json"}
        if self._authorization is not None:
            headers["Authorization"] = self._authorization.reveal()
        request = HttpRequest(
            url=f"{base}/{below}" + (f"?{query}" if query else ""),
            headers=headers,
            most_bytes=LARGEST_ANSWER_BYTES,
        )
        answer = exchange(request, self._deadline)
        if isinstance(answer, Unknown):
            return Unknown(answer.why, f"{self.place} {_joined(answer)}")
        if not answer.is_ok:
            why = Why.DENIED if answer.status in _DENIED else Why.REFUSED
            return Unknown(why, f"{self.place} answered {answer.said}")
        try:
            return read_json(answer.body, self.place)
        except DocumentError as error:
            return Unknown(Why.REFUSED, f"{self.place}: invalid answer: {error.located}")


def _without_query(url: str) -> str:
    try:
        return urlsplit(url)._replace(query="", fragment="").geturl().rstrip("/")
    except ValueError:  # such as unclosed brackets: the client refuses it
        return url


def _joined(answer: Unknown) -> str:
    return answer.detail if answer.why is Why.TIMED_OUT else f"cannot be read: {answer.detail}"
