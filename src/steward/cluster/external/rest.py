"""Requests JSON over REST from services beside Kafka, bounded in time and size; a failure is Unknown."""

from typing import Any
from urllib.parse import quote, urlsplit

from steward.documents.fault import DocumentError
from steward.documents.json_text import read_json
from steward.http_client import Deadline, get
from steward.model.connection import Secret
from steward.model.redaction import remember_url, shown_url
from steward.model.unknown import Unknown, Why

LARGEST_ANSWER_BYTES = 64 * 1024 * 1024


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
        login = self._authorization
        body = get(
            f"{base}/{below}" + (f"?{query}" if query else ""),
            self._deadline,
            most_bytes=LARGEST_ANSWER_BYTES,
            accept="application/json",
            headers={} if login is None else {"Authorization": login.reveal()},
        )
        if isinstance(body, Unknown):
            return body
        try:
            return read_json(body, self.place)
        except DocumentError as error:
            return Unknown(Why.REFUSED, f"{self.place}: invalid answer: {error.located}")


def _without_query(url: str) -> str:
    try:
        return urlsplit(url)._replace(query="", fragment="").geturl().rstrip("/")
    except ValueError:  # such as unclosed brackets: the client refuses it
        return url
