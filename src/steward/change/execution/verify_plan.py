"""Verify a plan on a live cluster before it is shown, judged or executed: the only way, whatever its origin."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from steward.change.execution.journal import Journal
from steward.change.execution.observation_scope import planning_scopes, with_guard_facts
from steward.change.planning.build import expiry_of
from steward.change.planning.verification import Discrepancy, Verification, verify
from steward.cluster.ports import EVERYTHING, Observer, Progress, quiet
from steward.model.change import Change
from steward.model.error import PlanEdited
from steward.model.plan import Plan, StepResult, is_final
from steward.model.snapshot import ClusterSnapshot, Part, overlaid

_SAID = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedPlan:
    """A plan that states what follows from its changes, and the snapshot that proves it.

    ``snapshot`` includes what the guard needs. ``known`` are the results of its steps so far.
    """

    verification: Verification
    snapshot: ClusterSnapshot
    known: dict[int, StepResult]

    @property
    def plan(self) -> Plan:
        """The plan, with everything derived as of now."""
        return self.verification.plan

    @property
    def left(self) -> list[int]:
        """The indexes of unfinished steps."""
        return [i for i in range(len(self.plan.steps)) if not is_final(self.known.get(i))]

    @property
    def rest(self) -> Plan:
        """The plan with only its unfinished steps."""
        return replace(self.plan, steps=tuple(self.plan.steps[i] for i in self.left))


def verify_against_cluster(
    plan: Plan, observer: Observer, journal: Journal, progress: Progress = quiet
) -> VerifiedPlan:
    """Observe what a plan relies on, and require that it states what follows from that.

    An expired plan is not checked: it is not executed.
    Errors: PlanEdited; those of observing; StoreUnavailable.
    """
    known = journal.results()
    final = frozenset(i for i, r in known.items() if is_final(r))
    open_ = [s.change for i, s in enumerate(plan.steps) if i not in final]
    snapshot = observe_for_planning(open_, observer, progress)
    verification = verify(plan, snapshot, attempted=journal.ever_attempted(), final=final)
    if verification.discrepancies and journal.now <= expiry_of(plan):
        raise edited_plan(plan, verification.discrepancies)
    seen = with_guard_facts(snapshot, verification.plan.steps, observer, progress)
    return VerifiedPlan(verification=verification, snapshot=seen, known=known)


def observe_for_planning(
    changes: Sequence[Change], observer: Observer, progress: Progress
) -> ClusterSnapshot:
    """Observe what planning the changes relies on, in the same scope as planning.

    Errors: those of observing.
    """
    snapshot = observer.observe(frozenset({Part.IDENTITY}), EVERYTHING, progress)
    for request in planning_scopes(changes, snapshot):
        snapshot = overlaid(snapshot, observer.observe(*request, progress))
    return snapshot


def edited_plan(plan: Plan, found: Sequence[Discrepancy]) -> PlanEdited:
    """Return the error for a plan with a step that does not follow from its change."""
    first = found[0]
    kind = plan.steps[first.step].kind
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return PlanEdited(
        f"plan {plan.id}, step {first.step + 1}: {kind} states {first.field} {_short(first.stated)}, but its change "
        f"and the cluster give {_short(first.derived)}{more}",
        remedy="nothing was changed; create the plan again, and do not edit its file",
        object_name=f"plan {plan.id}",
    )


def _short(text: str) -> str:
    text = text or "nothing"
    return text if len(text) <= _SAID else f"{text[:_SAID]}..."
