"""Asking services beside Kafka for JSON over REST: bounded in time and size; what goes wrong is Unknown."""

import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

from steward.documents.fault import DocumentError
from steward.documents.json_text import read_json
from steward.model.connection import Secret
from steward.model.unknown import Unknown, Why

LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_OK = 200
_DENIED = frozenset({401, 403})


class RestService:
    """One service by its address; ``authorization`` is the value of that header.

    Redirects are not followed: they would carry the authorization elsewhere.
    """

    def __init__(self, url: str, authorization: Secret | None, timeout_seconds: float) -> None:
        self._parts = urlsplit(url)
        self._authorization = authorization
        self._timeout = timeout_seconds

    @property
    def place(self) -> str:
        """The address, without what may be secret in it."""
        host = self._parts.netloc.rpartition("@")[2]
        return f"{self._parts.scheme}://{host}{self._parts.path}"

    def get(self, *path: str, query: str = "") -> Any:
        """Return the JSON at a path below the address, or Unknown."""
        below = "/".join(quote(step, safe="") for step in path)
        target = f"{self._parts.path.rstrip('/')}/{below}" + (f"?{query}" if query else "")
        try:
            return read_json(self._fetched(target), self.place)
        except TimeoutError:
            return Unknown(Why.TIMED_OUT, f"{self.place} did not answer in {self._timeout:g} s")
        except _Status as status:
            why = Why.DENIED if status.code in _DENIED else Why.REFUSED
            return Unknown(why, f"{self.place} answered {status.code} {status.reason}".rstrip())
        except (OSError, HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            return Unknown(Why.UNREACHABLE, f"{self.place}: {reason}")
        except DocumentError as error:
            return Unknown(Why.REFUSED, f"{self.place}: its answer cannot be used: {error.located}")
        except ValueError as error:
            return Unknown(Why.REFUSED, f"{self.place}: {error}")

    def _fetched(self, target: str) -> bytes:
        deadline = time.monotonic() + self._timeout
        connection = self._connection()
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if self._authorization is not None:
            headers["Authorization"] = self._authorization.reveal()
        try:
            connection.request("GET", target, headers=headers)
            response = connection.getresponse()
            if response.status != _OK:
                raise _Status(response.status, response.reason)
            chunks: list[bytes] = []
            size = 0
            while chunk := response.read1(_CHUNK_BYTES):
                chunks.append(chunk)
                size += len(chunk)
                if size > LARGEST_ANSWER_BYTES:
                    raise ValueError(f"its answer is larger than {LARGEST_ANSWER_BYTES:,} bytes")
                if time.monotonic() > deadline:
                    raise TimeoutError
            return b"".join(chunks)
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        scheme, host = self._parts.scheme, self._parts.hostname
        if scheme not in ("http", "https") or not host:
            raise ValueError("not an http:// or https:// address")
        kind = HTTPSConnection if scheme == "https" else HTTPConnection
        return kind(host, self._parts.port, timeout=self._timeout)


class _Status(Exception):
    """An answer that is none."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason
