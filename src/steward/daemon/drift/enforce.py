"""Enforcing manifests with nobody there: what the guard simply allows is carried out, by the one executor."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from steward.change.execution.executor import ExecutorRun, PlanJudge
from steward.change.guard.decide import decide
from steward.change.guard.manual_only import manual_only_steps
from steward.change.plan_builder.builder import BuiltPlan, PlanBuilder, PlanRequest
from steward.cluster.ports import Observer
from steward.model.connection import Secret
from steward.model.drift import DriftMode, DriftModes
from steward.model.error import ConfigurationError
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.plan import (
    FINAL,
    GuardDecision,
    Plan,
    PlanOutcome,
    PlanStepStatus,
    Ruling,
    Step,
    StepResult,
)
from steward.model.snapshot import ClusterSnapshot
from steward.store.open import Store
from steward.store.plans import AuditEntry

ENFORCED = "drift_enforced"
"""The line that the audit log has for every step that was enforced."""

FLIPS, FLIPS_WITHIN_MS = 2, 86_400_000
"""Somebody else who sets the same value so often within a day is not fought with."""

_TOUCHED = frozenset({PlanStepStatus.DONE, PlanStepStatus.UNSURE})


CarryOut = Callable[[Plan, Observer, PlanJudge], ExecutorRun]
"""Carries out a plan by the executor, to which nobody agrees: lease, journal, audit log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforceResult:
    """What was enforced: the steps that were done, how all ended, and why objects are still as they were.

    ``plan_id`` is empty where nothing was to be carried out.
    """

    done: tuple[Step, ...] = ()
    plan_id: str = ""
    statuses: Counter[str] = field(default_factory=Counter[str])
    why: Mapping[ObjectRef, str] = field(default_factory=dict[ObjectRef, str])


class Enforcer:
    """Leads a cluster back to its manifests as far as the modes say so.

    Errors: StoreUnavailable: what cannot be written down is not done; StewardError of the cluster.
    """

    def __init__(
        self, store: Store, carry_out: CarryOut, *, actor: str, origin: str, now_ms: Callable[[], int]
    ) -> None:  # fmt: skip
        self._store = store
        self._carry_out = carry_out
        self._actor = actor
        self._origin = origin
        self._now_ms = now_ms

    def enforce(
        self, proposal: BuiltPlan, proposing: PlanBuilder, modes: DriftModes
    ) -> EnforceResult:
        """Carry out what may be carried out of a plan that leads back."""
        enforced = [s for s in proposal.plan.steps if modes.of(s.object) is DriftMode.ENFORCE]
        if not enforced:
            return EnforceResult()
        kept = manual_only_steps(proposal.plan, proposal.decision, self._own(proposal.plan, modes))
        free = [s for place, s in enumerate(proposal.plan.steps) if place not in kept]
        why = _by_object(proposal.plan, kept)
        if not free:
            return EnforceResult(why=why)
        done = self.attempt(_wanted(proposal, free), proposing, proposal.snapshot)
        return replace(done, why={**done.why, **why})

    def attempt(
        self, wanted: PlanRequest, proposing: PlanBuilder, seen: ClusterSnapshot
    ) -> EnforceResult:
        """Carry out what is wanted as a whole, if the guard simply allows it."""
        part = proposing.judged(wanted, seen)
        if part.decision.ruling is not Ruling.ALLOW:
            said = against(part.decision)
            return EnforceResult(why=dict.fromkeys((s.object for s in part.plan.steps), said))
        return self._carried(part, proposing) if part.plan.steps else EnforceResult()

    def _carried(self, part: BuiltPlan, proposing: PlanBuilder) -> EnforceResult:
        plan, evidence = part.plan, part.evidence

        def judge(left: Plan, seen: ClusterSnapshot) -> GuardDecision:
            return decide(left, seen, proposing.policy, Instant(self._now_ms()), evidence)

        self._store.plans.save(plan, criticality=evidence.criticality)
        run = self._carry_out(plan, proposing.observer, judge)
        touched = [r for r in run.execution.results if r.status in _TOUCHED]
        for result in touched:
            self._note(plan, result)
        return EnforceResult(
            done=tuple(plan.steps[r.index] for r in touched if r.status is PlanStepStatus.DONE),
            plan_id=plan.id,
            statuses=Counter(r.status.value for r in run.execution.results),
            why=_not_done(plan, run),
        )

    def _own(self, plan: Plan, modes: DriftModes) -> Mapping[int, str]:
        """Withhold what is not to be enforced, and what somebody else sets again and again."""
        since = Instant(self._now_ms() - FLIPS_WITHIN_MS)
        noted = Counter(e.detail for e in self._store.plans.noted(plan.cluster_id, ENFORCED, since))
        found: dict[int, str] = {}
        for place, step in enumerate(plan.steps):
            mode = modes.of(step.object)
            if mode is not DriftMode.ENFORCE:
                found[place] = f"its mode is {mode.value}"
            elif noted[_value_of(step)] >= FLIPS - 1:
                found[place] = (
                    "it was set back within a day after steward had enforced it: somebody else sets it, and is not "
                    "fought with"
                )
        return found

    def _note(self, plan: Plan, result: StepResult) -> None:
        step = plan.steps[result.index]
        self._store.plans.audit(
            AuditEntry(
                at=Instant(self._now_ms()),
                cluster=plan.cluster_id,
                actor=self._actor,
                origin=self._origin,
                plan_id=plan.id,
                event=ENFORCED,
                detail=_value_of(step),
            )
        )


def never(_: object) -> Secret:
    """Refuse to fetch a password: no plan that is enforced holds one."""
    raise ConfigurationError("no password is set with nobody there")


def _wanted(proposal: BuiltPlan, steps: list[Step]) -> PlanRequest:
    return PlanRequest(
        title=f"drift of {proposal.wanted.title}",
        source=proposal.wanted.source,
        changes=tuple(s.change for s in steps),
        criticality=proposal.wanted.criticality,
        ordered=True,
    )


def _by_object(plan: Plan, kept: Mapping[int, str]) -> Mapping[ObjectRef, str]:
    """Return the first reason for each object."""
    return {plan.steps[place].object: kept[place] for place in sorted(kept, reverse=True)}


def against(decision: GuardDecision) -> str:
    """Say what the guard has against a plan."""
    reasons = (r.message for r in decision.reasons if r.ruling is not Ruling.ALLOW)
    return f"the guard does not simply allow it: {'; '.join(dict.fromkeys(reasons))}"


def _not_done(plan: Plan, run: ExecutorRun) -> Mapping[ObjectRef, str]:
    """Say of each object that is not as it should be how its step ended."""
    if run.busy:
        return dict.fromkeys((s.object for s in plan.steps), f"{run.busy} changes this cluster now")
    if run.lost:
        return dict.fromkeys((s.object for s in plan.steps), run.lost)
    if run.execution.outcome is PlanOutcome.REFUSED and run.decision is not None:
        return dict.fromkeys((s.object for s in plan.steps), against(run.decision))
    return {
        plan.steps[r.index].object: f"{r.status.value}: {r.detail or 'see plan status'}"
        for r in run.execution.results
        if r.status not in FINAL
    }


def _value_of(step: Step) -> str:
    """Name what a step sets: the object, and the declared values of what differs, for a new wish is no fight."""
    keys = sorted({*step.before, *step.after})
    changed = [k for k in keys if step.before.get(k) != step.after.get(k)]
    told = (f"{k}={step.after.get(k)}" if k in step.after else f"{k} gone" for k in changed)
    return f"{step.object}: {', '.join(told)}"
