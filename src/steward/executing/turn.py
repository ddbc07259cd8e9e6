"""One executor at a time for each cluster: the lease, and the turn of one that died."""

import os
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from uuid import uuid4

from steward.model.error import StoreUnavailable
from steward.store.leases import Leases

LEASE_MS = 120_000
"""Longer than a request may take; renewed before every batch, and meanwhile."""


class Turn:
    """The right to change one cluster, held while it is renewed in time.

    Errors: StoreUnavailable.
    """

    def __init__(self, leases: Leases, cluster_id: str, now_ms: Callable[[], int]) -> None:
        self._leases = leases
        self._name = _name(cluster_id)
        self._now_ms = now_ms
        self.holder = f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"

    def take(self) -> str | None:
        """Take or renew the turn; return who has it instead, None where it is ours."""
        now = self._now_ms()
        if self._leases.acquire(self._name, self.holder, now_ms=now, ttl_ms=LEASE_MS):
            return None
        other = self._leases.holder(self._name, now_ms=now)
        if other is not None and _is_dead(other):
            self._leases.release(self._name, other)
            if self._leases.acquire(self._name, self.holder, now_ms=now, ttl_ms=LEASE_MS):
                return None
        return other or "another executor"

    @contextmanager
    def kept(self) -> Generator[None]:
        """Renew it all the while, so that a long request (a throttled one, say) does not lose it."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(LEASE_MS / 4000):
                with suppress(
                    StoreUnavailable
                ):  # it lasts until its time; the next batch asks again
                    self.take()

        keeper = threading.Thread(target=renew, name="steward-turn", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def give_back(self) -> None:
        """Let the next one have it; where that cannot be written, it ends by itself."""
        with suppress(StoreUnavailable):
            self._leases.release(self._name, self.holder)


def _name(cluster_id: str) -> str:
    return f"execute {cluster_id}"


def who_has_it(leases: Leases, cluster_id: str, now_ms: int) -> str | None:
    """Return who changes a cluster now, None where nobody does, or who did is no more.

    Errors: StoreUnavailable.
    """
    holder = leases.holder(_name(cluster_id), now_ms=now_ms)
    return None if holder is None or _is_dead(holder) else holder


def _is_dead(holder: str) -> bool:
    """Tell whether a holder was a process of this machine that is no more."""
    host, _, rest = holder.partition("/")
    pid = rest.partition("/")[0]
    if host != socket.gethostname() or not pid.isdigit() or int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
