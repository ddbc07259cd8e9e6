"""One executor per cluster at a time: the lease, its renewal, and its transfer from an ended process."""

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Self

from steward.change.execution.lease_holder import has_ended, this_process
from steward.cluster.ports import Changer
from steward.model.change import Change, UpsertScram
from steward.model.connection import Secret
from steward.model.error import LeaseLost, NotAuthorized, StewardError, StoreUnavailable
from steward.store.leases import FencingToken, Holder, Lease, Leases, run_name

LEASE_MS = 120_000
"""Longer than a request may take; the lease is renewed before every change, and in between."""


class ExecutionLease:
    """The right to change one cluster, for one run of one plan, valid while it is renewed in time.

    Once lost it cannot be regained: every later use raises LeaseLost.
    Errors: StoreUnavailable.
    """

    def __init__(
        self, leases: Leases, cluster_id: str, plan_id: str = "", holder: Holder | None = None
    ) -> None:
        self._leases = leases
        self._name = lease_name(cluster_id)
        self._plan_id = plan_id
        self._holder = holder or this_process()
        self._fence: FencingToken | None = None

    @property
    def fence(self) -> FencingToken:
        """The fencing token that every write of this run includes.

        Errors: LeaseLost, if the lease was never taken.
        """
        if self._fence is None:
            raise LeaseLost("this run does not have the lease to change the cluster")
        return self._fence

    @property
    def run(self) -> str:
        """This run's name in the store."""
        return run_name(self._holder, self.fence)

    def take(self) -> str | None:
        """Take the lease; return its holder if it is taken, None on success."""
        other = self._leases.find(self._name)
        over = other.fence if other is not None and has_ended(other.holder) else None
        self._fence = self._leases.acquire(
            self._name, self._holder, ttl_ms=LEASE_MS, purpose=self._plan_id, over=over
        )
        if self._fence is not None:
            return None
        other = self._leases.find(self._name)
        return other.holder.name if other else "another executor"

    def renew(self) -> None:
        """Renew the lease.

        Errors: LeaseLost.
        """
        self._leases.renew(self.fence, ttl_ms=LEASE_MS)

    @contextmanager
    def renewed(self) -> Generator[None]:
        """Renew the lease in the background, so that a long request, such as a throttled one, does not lose it."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(LEASE_MS / 4000):
                try:
                    self.renew()
                except StoreUnavailable:
                    continue  # still valid until it expires; a later renewal succeeds unless another run has taken it
                except LeaseLost:
                    return  # the next write or request detects the same

        keeper = threading.Thread(target=renew, name="steward-lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def give_back(self) -> None:
        """Release the lease; if the store cannot be written, it expires by itself."""
        if self._fence is not None:
            with suppress(StoreUnavailable):
                self._leases.release(self._fence)


class FencedChanger:
    """Changes a cluster only under a lease: renewed before every request; if it is lost, no request is sent.

    Errors: LeaseLost, StoreUnavailable, before any request.
    """

    def __init__(self, changer: Changer, lease: ExecutionLease) -> None:
        self._changer = changer
        self._lease = lease

    def denied(self, changes: Sequence[Change]) -> tuple[NotAuthorized | None, ...]:
        """Return the missing permission of each change; nothing is changed."""
        return self._changer.denied(changes)

    def perform(
        self, changes: Sequence[Change], passwords: Mapping[UpsertScram, Secret]
    ) -> tuple[StewardError | None, ...]:
        """Request changes of one kind in one request, and return each result; None: accepted."""
        self._lease.renew()
        return self._changer.perform(changes, passwords)

    def close(self) -> None:
        """Close every connection."""
        self._changer.close()

    def __enter__(self) -> Self:
        """Use it as a context."""
        self._changer.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        """Close every connection."""
        self._changer.__exit__(*exc)


def lease_name(cluster_id: str) -> str:
    """Return the name of a cluster's execution lease."""
    return f"execute {cluster_id}"


def current_lease(leases: Leases, cluster_id: str) -> Lease | None:
    """Return the current execution lease of a cluster; None if it is free, expired, or its process has ended.

    Errors: StoreUnavailable.
    """
    found = leases.find(lease_name(cluster_id))
    return None if found is None or found.is_over or has_ended(found.holder) else found
