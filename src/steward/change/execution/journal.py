"""The journal of one plan's execution: intents and results, from which a later run continues."""

from collections.abc import Callable, Sequence
from typing import Any

from steward.documents.plan import encode
from steward.model.error import LeaseLost
from steward.model.instant import Instant
from steward.model.plan import Plan, PlanOutcome, StepResult
from steward.store.leases import FencingToken
from steward.store.plans import AuditEntry, JournalEntry, JournalEvent, Plans


class Journal:
    """Writes and reads the events of one plan.

    Events of steps are written under the run's lease, set with `hold`; only the audit log is written without.
    Errors: StoreUnavailable; LeaseLost, for every write about steps once another run has the lease.
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
        """The current time by the journal's clock."""
        return Instant(self._now_ms())

    def results(self) -> dict[int, StepResult]:
        """Return the last result of each step that has one."""
        return self._plans.results(self._plan.id)

    def attempted(self) -> frozenset[int]:
        """Return the requested steps without a certain result."""
        return self._plans.attempted(self._plan.id)

    def ever_attempted(self) -> frozenset[int]:
        """Return the steps with a recorded intent, whatever their result."""
        return self._plans.ever_attempted(self._plan.id)

    def seconds_since_intent(self, indices: Sequence[int]) -> float:
        """Return the age of the newest intent of some steps; 0 if there is none."""
        entries = self._plans.journal(self._plan.id)
        times = [
            e.at.ms
            for e in entries
            if e.event is JournalEvent.INTENT and set(indices) & set(e.body["steps"])
        ]
        return max(0.0, (self._now_ms() - max(times)) / 1000) if times else 0.0

    def start(self, detail: str) -> None:
        """Record that an execution starts, and why it may."""
        self._write(JournalEvent.STARTED, {"actor": self._actor, "origin": self._origin})
        self._audit("started", detail)

    def refuse(self, detail: str) -> None:
        """Record in the audit log that an execution was refused."""
        self._audit("refused", detail)

    def fenced(self, detail: str) -> None:
        """Record in the audit log that an execution lost its lease and stopped."""
        self._audit("fenced", detail)

    def intend(self, indices: Sequence[int]) -> None:
        """Record which steps are requested next, before they are."""
        self._write(JournalEvent.INTENT, {"steps": list(indices)})

    def record(self, results: Sequence[StepResult]) -> None:
        """Record the results of steps."""
        now = Instant(self._now_ms())
        entries = [JournalEntry(JournalEvent.RESULT, now, encode(result)) for result in results]
        self._append(entries)

    def end(self, outcome: PlanOutcome, detail: str) -> None:
        """Record the result of the execution."""
        self._write(JournalEvent.ENDED, {"outcome": outcome.value})
        self._audit(outcome.value, detail)

    def _write(self, event: JournalEvent, body: dict[str, Any]) -> None:
        entry = JournalEntry(event, Instant(self._now_ms()), body)
        self._append([entry])

    def _append(self, entries: Sequence[JournalEntry]) -> None:
        if self._fence is None:
            raise LeaseLost("this run does not have the lease to change the cluster")
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
