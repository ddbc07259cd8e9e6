"""A lease in an object store: one object by conditional put, renewed while it is held."""

import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from steward.backup.stores.port import ConditionFailed, ObjectMissing, ObjectStoreFault, busy
from steward.documents.fault import DocumentError
from steward.documents.json_text import read_json
from steward.documents.json_writing import canonical_json
from steward.model.wording import duration

if TYPE_CHECKING:
    from steward.backup.stores.port import ObjectStore

KEY = "RUNNING"
LEASE_SECONDS = 300.0
_RENEWAL_SECONDS = 60.0


class Lease:
    """The right to write below a key, for five minutes from each renewal; clocks may differ by a minute or so."""

    def __init__(
        self, store: "ObjectStore", prefix: str, now: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._prefix = prefix
        self._key = f"{prefix}/{KEY}"
        self._now = now

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the lease.

        Errors: ConditionFailed, where another process holds it; ObjectStoreFault.
        """
        self._take()
        ended = threading.Event()
        renewing = threading.Thread(
            target=self._renew, args=(ended,), name="steward-lease", daemon=True
        )
        renewing.start()
        try:
            yield
        finally:
            ended.set()
            renewing.join()
            with suppress(ObjectStoreFault):  # it expires
                self._store.delete(self._key)

    def _take(self) -> None:
        version: str | None = None
        with suppress(ObjectMissing):
            found = self._store.get(self._key)
            version = found.version
            left = _until(found.content) - self._now()
            if left > 0:
                raise busy(self._prefix, f"; if it was killed, it is free in {duration(left)}")
        try:
            self._store.put_if(self._key, self._content(), version)
        except ConditionFailed:
            raise busy(self._prefix) from None

    def _renew(self, ended: threading.Event) -> None:
        while not ended.wait(_RENEWAL_SECONDS):
            with suppress(ObjectStoreFault):  # four more attempts before it expires
                self._store.put(self._key, self._content())

    def _content(self) -> bytes:
        holder = {"host": socket.gethostname(), "until": self._now() + LEASE_SECONDS}
        return canonical_json(holder)


def _until(content: bytes) -> float:
    """Return when a stored lease expires, in seconds of the epoch; 0 for one that cannot be read."""
    try:
        found: Any = read_json(content, KEY)
        return float(found["until"])
    except (DocumentError, ValueError, LookupError, TypeError):
        return 0.0
