"""Enforces manifests without confirmation: executes what policy allows, with the usual executor."""

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
"""The audit entry of every enforced step."""

FLIPS, FLIPS_WITHIN_MS = 2, 86_400_000
"""If another writer sets the same value this often within a day, steward no longer enforces it."""

_REQUESTED = frozenset({PlanStepStatus.DONE, PlanStepStatus.UNSURE})


ExecutePlan = Callable[[Plan, Observer, PlanJudge], ExecutorRun]
"""Executes a plan without asking for confirmation: lease, journal, audit log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforceResult:
    """Result of enforcement: the steps done, the result of each step, and why other objects are unchanged.

    ``plan_id`` is empty where there was nothing to execute.
    """

    done: tuple[Step, ...] = ()
    plan_id: str = ""
    statuses: Counter[str] = field(default_factory=Counter[str])
    why: Mapping[ObjectRef, str] = field(default_factory=dict[ObjectRef, str])


class Enforcer:
    """Restores manifests on a cluster as far as the modes allow.

    Errors: StoreUnavailable: what cannot be recorded is not done; StewardError of the cluster.
    """

    def __init__(
        self, store: Store, execute: ExecutePlan, *, actor: str, origin: str, now_ms: Callable[[], int]
    ) -> None:  # fmt: skip
        self._store = store
        self._carry_out = execute
        self._actor = actor
        self._origin = origin
        self._now_ms = now_ms

    def enforce(
        self, proposal: BuiltPlan, proposing: PlanBuilder, modes: DriftModes
    ) -> EnforceResult:
        """Execute the steps of a restoring plan that may be enforced."""
        enforced = [s for s in proposal.plan.steps if modes.of(s.object) is DriftMode.ENFORCE]
        if not enforced:
            return EnforceResult()
        kept = manual_only_steps(
            proposal.plan, proposal.decision, self._excluded(proposal.plan, modes)
        )
        free = [s for place, s in enumerate(proposal.plan.steps) if place not in kept]
        why = _by_object(proposal.plan, kept)
        if not free:
            return EnforceResult(why=why)
        done = self.attempt(_wanted(proposal, free), proposing, proposal.snapshot)
        return replace(done, why={**done.why, **why})

    def attempt(
        self, wanted: PlanRequest, proposing: PlanBuilder, seen: ClusterSnapshot
    ) -> EnforceResult:
        """Execute the requested changes as a whole, if policy allows them without confirmation."""
        part = proposing.build_observed(wanted, seen)
        if part.decision.ruling is not Ruling.ALLOW:
            said = guard_reasons(part.decision)
            return EnforceResult(why=dict.fromkeys((s.object for s in part.plan.steps), said))
        return self._execute_part(part, proposing) if part.plan.steps else EnforceResult()

    def _execute_part(self, part: BuiltPlan, proposing: PlanBuilder) -> EnforceResult:
        plan, evidence = part.plan, part.evidence

        def judge(left: Plan, seen: ClusterSnapshot) -> GuardDecision:
            return decide(left, seen, proposing.policy, Instant(self._now_ms()), evidence)

        self._store.plans.save(plan, criticality=evidence.criticality)
        run = self._carry_out(plan, proposing.observer, judge)
        touched = [r for r in run.execution.results if r.status in _REQUESTED]
        for result in touched:
            self._audit(plan, result)
        return EnforceResult(
            done=tuple(plan.steps[r.index] for r in touched if r.status is PlanStepStatus.DONE),
            plan_id=plan.id,
            statuses=Counter(r.status.value for r in run.execution.results),
            why=_not_done(plan, run),
        )

    def _excluded(self, plan: Plan, modes: DriftModes) -> Mapping[int, str]:
        """Exclude what is not to be enforced, and what another writer keeps setting."""
        since = Instant(self._now_ms() - FLIPS_WITHIN_MS)
        noted = Counter(e.detail for e in self._store.plans.noted(plan.cluster_id, ENFORCED, since))
        found: dict[int, str] = {}
        for place, step in enumerate(plan.steps):
            mode = modes.of(step.object)
            if mode is not DriftMode.ENFORCE:
                found[place] = f"its mode is {mode.value}"
            elif noted[_value_of(step)] >= FLIPS - 1:
                found[place] = (
                    "it was changed back within a day of being enforced: another writer sets it, so steward "
                    "no longer enforces it"
                )
        return found

    def _audit(self, plan: Plan, result: StepResult) -> None:
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


def no_password(_: object) -> Secret:
    """Refuse to fetch a password: no enforced plan contains one."""
    raise ConfigurationError("passwords are not set without confirmation")


def _wanted(proposal: BuiltPlan, steps: list[Step]) -> PlanRequest:
    return PlanRequest(
        title=f"drift of {proposal.request.title}",
        source=proposal.request.source,
        changes=tuple(s.change for s in steps),
        criticality=proposal.request.criticality,
        ordered=True,
    )


def _by_object(plan: Plan, kept: Mapping[int, str]) -> Mapping[ObjectRef, str]:
    """Return the first reason for each object."""
    return {plan.steps[place].object: kept[place] for place in sorted(kept, reverse=True)}


def guard_reasons(decision: GuardDecision) -> str:
    """Describe the guard's reasons against a plan."""
    reasons = (r.message for r in decision.reasons if r.ruling is not Ruling.ALLOW)
    return f"policy does not allow it without confirmation: {'; '.join(dict.fromkeys(reasons))}"


def _not_done(plan: Plan, run: ExecutorRun) -> Mapping[ObjectRef, str]:
    """Return, for each object that still differs, the result of its step."""
    if run.busy:
        return dict.fromkeys((s.object for s in plan.steps), f"{run.busy} is changing this cluster")
    if run.lost:
        return dict.fromkeys((s.object for s in plan.steps), run.lost)
    if run.execution.outcome is PlanOutcome.REFUSED and run.decision is not None:
        return dict.fromkeys((s.object for s in plan.steps), guard_reasons(run.decision))
    return {
        plan.steps[r.index].object: f"{r.status.value}: {r.detail or 'see plan status'}"
        for r in run.execution.results
        if r.status not in FINAL
    }


def _value_of(step: Step) -> str:
    """Identify what a step sets: the object and the declared values, so that a changed manifest counts as new."""
    keys = sorted({*step.before, *step.after})
    changed = [k for k in keys if step.before.get(k) != step.after.get(k)]
    values = (f"{k}={step.after.get(k)}" if k in step.after else f"{k} removed" for k in changed)
    return f"{step.object}: {', '.join(values)}"
