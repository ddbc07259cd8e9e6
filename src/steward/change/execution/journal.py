"""The journal of one plan's execution: what was meant, what came of it; read back, it tells where to go on."""

from collections.abc import Callable, Sequence
from typing import Any

from steward.documents.plan import encode
from steward.model.error import LeaseLost
from steward.model.instant import Instant
from steward.model.plan import Plan, PlanOutcome, StepResult
from steward.store.leases import FencingToken
from steward.store.plans import AuditEntry, JournalEntry, JournalEvent, Plans


class Journal:
    """Writes and reads what happened to one plan.

    Shape: what happens to steps is written under the lease of the run, given with `hold`; only the audit log is
           written without one.
    Errors: StoreUnavailable; LeaseLost, of every writing about steps, where the lease went to another run.
    """

    def __init__(
        self, plans: Plans, plan: Plan, *, actor: str, origin: str, now_ms: Callable[[], int]
    ) -> None:
        self._plans = plans
        self._plan = plan
        self._actor = actor
        self._origin = origin
        self._now_ms = now_ms
        self._fence: FencingToken | None = None

    def hold(self, fence: FencingToken) -> None:
        """Write under this lease from now on."""
        self._fence = fence

    @property
    def now(self) -> Instant:
        """The time by the clock that it writes."""
        return Instant(self._now_ms())

    def results(self) -> dict[int, StepResult]:
        """Return the last result of each step that has one."""
        return self._plans.results(self._plan.id)

    def attempted(self) -> frozenset[int]:
        """Return the steps that were asked for without their end being known for sure."""
        return self._plans.attempted(self._plan.id)

    def ever_attempted(self) -> frozenset[int]:
        """Return the steps that were ever about to be asked for, whatever became of them."""
        return self._plans.ever_attempted(self._plan.id)

    def seconds_since_intent(self, indices: Sequence[int]) -> float:
        """Return how long ago the last of some steps was about to be asked for; 0 where none was."""
        entries = self._plans.journal(self._plan.id)
        times = [
            e.at.ms
            for e in entries
            if e.event is JournalEvent.INTENT and set(indices) & set(e.body["steps"])
        ]
        return max(0.0, (self._now_ms() - max(times)) / 1000) if times else 0.0

    def start(self, detail: str) -> None:
        """Write that an execution begins, and why it may."""
        self._write(JournalEvent.STARTED, {"actor": self._actor, "origin": self._origin})
        self._audit("started", detail)

    def refuse(self, detail: str) -> None:
        """Write to the audit log that an execution was refused."""
        self._audit("refused", detail)

    def fenced(self, detail: str) -> None:
        """Write to the audit log that an execution lost its lease, and stopped."""
        self._audit("fenced", detail)

    def intend(self, indices: Sequence[int]) -> None:
        """Write which steps are asked for next, before they are."""
        self._write(JournalEvent.INTENT, {"steps": list(indices)})

    def record(self, results: Sequence[StepResult]) -> None:
        """Write how steps ended."""
        now = Instant(self._now_ms())
        entries = [JournalEntry(JournalEvent.RESULT, now, encode(result)) for result in results]
        self._append(entries)

    def end(self, outcome: PlanOutcome, detail: str) -> None:
        """Write how the execution ended."""
        self._write(JournalEvent.ENDED, {"outcome": outcome.value})
        self._audit(outcome.value, detail)

    def _write(self, event: JournalEvent, body: dict[str, Any]) -> None:
        entry = JournalEntry(event, Instant(self._now_ms()), body)
        self._append([entry])

    def _append(self, entries: Sequence[JournalEntry]) -> None:
        if self._fence is None:
            raise LeaseLost("this run has not taken the lease to change the cluster")
        self._plans.write(self._plan.id, entries, self._fence)

    def _audit(self, event: str, detail: str) -> None:
        self._plans.audit(
            AuditEntry(
                at=Instant(self._now_ms()),
                cluster=self._plan.cluster_id,
                actor=self._actor,
                origin=self._origin,
                plan_id=self._plan.id,
                event=event,
                detail=detail,
            )
        )
