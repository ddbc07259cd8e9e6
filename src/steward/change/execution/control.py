"""A person's wish for a plan that runs, and how far the plan is: through the store, for they are in two processes."""

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

_TOLD_EVERY_SECONDS = 1.0


@dataclass(kw_only=True)
class RunControl:
    """What is wanted of a plan that runs here: ``first`` until somebody asks for something else.

    Shape: a store that cannot be read changes nothing: the last wish stands.
    Errors: LeaseLost.
    """

    controls: Controls
    plan_id: str
    turn: ExecutionLease
    now_ms: Callable[[], int]
    first: str = GO
    _last: str = field(default="", init=False)

    def wanted(self) -> str:
        """Return what is wanted now; asked for the first time, it writes down who carries the plan out."""
        with suppress(StoreUnavailable):
            if not self._last:
                self.controls.begin(
                    self.plan_id, self.turn.run, self.first, self.turn.fence, now_ms=self.now_ms()
                )
            found = self.controls.find(self.plan_id)
            self._last = found.wanted if found else self.first
        return self._last or self.first


@dataclass(kw_only=True)
class ProgressWriter:
    """Writes down how far a plan is, not more often than once a second; what cannot be written is left out.

    Errors: LeaseLost.
    """

    controls: Controls
    plan_id: str
    turn: ExecutionLease
    now_ms: Callable[[], int]
    clock: Callable[[], float] = time.monotonic
    _at: float = field(default=float("-inf"), init=False)

    def tell(self, progress: MoveProgress) -> None:
        """Take note."""
        is_over = not progress.in_flight and not progress.left
        if self.clock() - self._at < _TOLD_EVERY_SECONDS and not is_over:
            return
        self._at = self.clock()
        with suppress(StoreUnavailable):
            self.controls.tell(
                self.plan_id, asdict(progress), self.turn.fence, now_ms=self.now_ms()
            )


def runs_in(controls: Controls, leases: Leases, plan_id: str, cluster_id: str) -> str | None:
    """Return who carries a plan's moves out now, None where nobody does.

    Errors: StoreUnavailable.
    """
    begun = controls.find(plan_id)
    lease = current_lease(leases, cluster_id)
    if begun is None or lease is None or lease.run != begun.holder:
        return None
    return lease.run
