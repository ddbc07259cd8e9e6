"""One executor at a time for each cluster: the lease, its renewal, and how it passes on from a process that ended."""

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Self

from steward.change.execution.lease_holder import is_gone, this_process
from steward.cluster.ports import Changer
from steward.model.change import Change, UpsertScram
from steward.model.connection import Secret
from steward.model.error import LeaseLost, NotAuthorized, StewardError, StoreUnavailable
from steward.store.leases import FencingToken, Holder, Lease, Leases, run_name

LEASE_MS = 120_000
"""Longer than a request may take; renewed before every request that changes something, and meanwhile."""


class ExecutionLease:
    """The right to change one cluster, for one run of one plan, held while it is renewed in time.

    Shape: lost once, it is lost for good: every later use raises LeaseLost.
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
        """What every write of this run names.

        Errors: LeaseLost, where it was never taken.
        """
        if self._fence is None:
            raise LeaseLost("this run has not taken the lease to change the cluster")
        return self._fence

    @property
    def run(self) -> str:
        """Who this run is, as the store names it."""
        return run_name(self._holder, self.fence)

    def take(self) -> str | None:
        """Take the turn; return who has it instead, None where it is ours now."""
        other = self._leases.find(self._name)
        over = other.fence if other is not None and is_gone(other.holder) else None
        self._fence = self._leases.acquire(
            self._name, self._holder, ttl_ms=LEASE_MS, purpose=self._plan_id, over=over
        )
        if self._fence is not None:
            return None
        other = self._leases.find(self._name)
        return other.holder.name if other else "another executor"

    def renew(self) -> None:
        """Hold it for longer.

        Errors: LeaseLost.
        """
        self._leases.renew(self.fence, ttl_ms=LEASE_MS)

    @contextmanager
    def kept(self) -> Generator[None]:
        """Renew it all the while, so that a long request (a throttled one, say) does not lose it."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(LEASE_MS / 4000):
                try:
                    self.renew()
                except StoreUnavailable:
                    continue  # it lasts until its time, and may be renewed later while nobody takes it
                except LeaseLost:
                    return  # the next write or request finds the same

        keeper = threading.Thread(target=renew, name="steward-turn", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def give_back(self) -> None:
        """Let the next one have it; where that cannot be written, it ends by itself."""
        if self._fence is not None:
            with suppress(StoreUnavailable):
                self._leases.release(self._fence)


class FencedChanger:
    """Changes a cluster only under a turn: it is renewed before every request, and a lost one stops the request.

    Errors: LeaseLost, StoreUnavailable, before anything is asked for.
    """

    def __init__(self, changer: Changer, turn: ExecutionLease) -> None:
        self._changer = changer
        self._turn = turn

    def denied(self, changes: Sequence[Change]) -> tuple[NotAuthorized | None, ...]:
        """Return for each change the right that is missing; nothing is changed."""
        return self._changer.denied(changes)

    def perform(
        self, changes: Sequence[Change], passwords: Mapping[UpsertScram, Secret]
    ) -> tuple[StewardError | None, ...]:
        """Ask for changes of one kind in one request, and return the fate of each; None: accepted."""
        self._turn.renew()
        return self._changer.perform(changes, passwords)

    def close(self) -> None:
        """Close every connection."""
        self._changer.close()

    def __enter__(self) -> Self:
        """Use it as a context."""
        self._changer.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        """Close it."""
        self._changer.__exit__(*exc)


def lease_name(cluster_id: str) -> str:
    """Name the lease of whoever changes a cluster."""
    return f"execute {cluster_id}"


def current_lease(leases: Leases, cluster_id: str) -> Lease | None:
    """Return the lease of who changes a cluster now; None where nobody does, it is over, or its process has ended.

    Errors: StoreUnavailable.
    """
    found = leases.find(lease_name(cluster_id))
    return None if found is None or found.is_over or is_gone(found.holder) else found
