"""A person's request to a running plan, and its progress, exchanged through the store between two processes."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field

from steward.analysis.rebalance.moves.progress import MoveProgress
from steward.change.execution.lease import ExecutionLease, current_lease
from steward.model.error import StoreUnavailable
from steward.store.controls import Controls
from steward.store.leases import Leases

GO, PAUSE, CANCEL = "go", "pause", "cancel"

_WRITE_EVERY_SECONDS = 1.0


@dataclass(kw_only=True)
class RunControl:
    """The requested state of a plan that runs here: ``first`` until a person requests another.

    If the store cannot be read, the last request remains in effect.
    Errors: LeaseLost.
    """

    controls: Controls
    plan_id: str
    lease: ExecutionLease
    now_ms: Callable[[], int]
    first: str = GO
    _last: str = field(default="", init=False)

    def wanted(self) -> str:
        """Return the requested state; the first call records this run as the plan's executor."""
        with suppress(StoreUnavailable):
            if not self._last:
                self.controls.begin(
                    self.plan_id, self.lease.run, self.first, self.lease.fence, now_ms=self.now_ms()
                )
            found = self.controls.find(self.plan_id)
            self._last = found.wanted if found else self.first
        return self._last or self.first


@dataclass(kw_only=True)
class ProgressWriter:
    """Records a plan's progress at most once a second; a failed write is skipped.

    Errors: LeaseLost.
    """

    controls: Controls
    plan_id: str
    lease: ExecutionLease
    now_ms: Callable[[], int]
    clock: Callable[[], float] = time.monotonic
    _at: float = field(default=float("-inf"), init=False)

    def tell(self, progress: MoveProgress) -> None:
        """Record progress."""
        is_over = not progress.in_flight and not progress.left
        if self.clock() - self._at < _WRITE_EVERY_SECONDS and not is_over:
            return
        self._at = self.clock()
        with suppress(StoreUnavailable):
            self.controls.tell(
                self.plan_id, asdict(progress), self.lease.fence, now_ms=self.now_ms()
            )


def runs_in(controls: Controls, leases: Leases, plan_id: str, cluster_id: str) -> str | None:
    """Return the run that executes a plan's moves now, None if there is none.

    Errors: StoreUnavailable.
    """
    begun = controls.find(plan_id)
    lease = current_lease(leases, cluster_id)
    if begun is None or lease is None or lease.run != begun.holder:
        return None
    return lease.run
