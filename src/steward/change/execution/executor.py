"""The executor: takes the lease, verifies the plan, asks the guard, performs the steps, and returns the results."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from steward.change.execution.journal import Journal
from steward.change.execution.lease import ExecutionLease, FencedChanger
from steward.change.execution.moves.dependencies import FaultTolerantThrottles, MoverDependencies
from steward.change.execution.observation_scope import states_of
from steward.change.execution.step_performer import StepPerformer
from steward.change.execution.step_results import failed, in_progress, not_requested, result_of
from steward.change.execution.verify_plan import VerifiedPlan, verify_against_cluster
from steward.cluster.ports import Changer, Observer, Progress, quiet
from steward.model.change import ReassignPartition, UpsertScram
from steward.model.connection import Secret
from steward.model.error import LeaseLost, NotAuthorized, PlanEdited
from steward.model.plan import (
    Execution,
    GuardDecision,
    Plan,
    PlanOutcome,
    PlanStepStatus,
    Ruling,
    StepResult,
    outcome_of,
)
from steward.model.snapshot import ClusterSnapshot
from steward.model.wording import count, few

PlanJudge = Callable[[Plan, ClusterSnapshot], GuardDecision]
"""The guard, applied to the remaining steps and a fresh snapshot."""


@dataclass(frozen=True, kw_only=True)
class ExecutorRun:
    """The result of one executor run: the execution, the guard's decision, and throttles pending removal.

    ``busy`` is the lease holder that kept it from starting, ``lost`` how this run lost the lease midway.
    """

    execution: Execution
    decision: GuardDecision | None = None
    busy: str = ""
    lost: str = ""
    pending: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Executor:
    """Executes plans on one cluster.

    If it is killed, a second run of the same plan continues where the first ended: recorded intents without a recorded
    result are observed, and what is already in place is not requested again.
    Errors: StoreUnavailable, before any change that could not be recorded; StewardError if the cluster cannot be
            observed.
    """

    observer: Observer
    changer: Callable[[], Changer]
    journal: Journal
    lease: ExecutionLease
    passwords: Callable[[UpsertScram], Secret]
    progress: Progress = quiet
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    dependencies: MoverDependencies = field(default_factory=MoverDependencies)
    _secrets: dict[UpsertScram, Secret] = field(default_factory=dict[UpsertScram, Secret])

    def run(self, plan: Plan, judge: PlanJudge, *, approved: bool) -> ExecutorRun:
        """Execute the rest of a plan, if the guard allows it now.

        ``approved`` is whether a person gave the confirmation that the guard requires.
        """
        other = self.lease.take()
        if other is not None:
            self.journal.refuse(f"{other} is changing this cluster")
            return ExecutorRun(execution=_refused(plan), busy=other)
        self.journal.hold(self.lease.fence)
        try:
            with self.lease.renewed():
                return self._run(plan, judge, approved)
        except LeaseLost as lost:
            self.journal.fenced(lost.summary)
            return ExecutorRun(execution=self._fenced(plan, lost.summary), lost=lost.summary)
        finally:
            self.lease.give_back()

    def observe_open_steps(self, plan: Plan) -> dict[int, StepResult] | str:
        """Observe requested steps without a known result; return all results, or the current lease holder.

        A step found done is recorded as done, with the id of a created topic. Others stay open, and nothing is
        requested.
        """
        other = self.lease.take()
        if other is not None:
            return other
        self.journal.hold(self.lease.fence)
        try:
            asked = {i: plan.steps[i] for i in sorted(self.journal.attempted())}
            found = states_of(asked, self.observer)
            there = not_requested(asked, found, frozenset(asked))
            done = [r for r in there.values() if r.status is PlanStepStatus.DONE]
            if done:
                self.journal.record(done)
            return {**in_progress(asked, there), **self.journal.results()}
        finally:
            self.lease.give_back()

    def _run(self, plan: Plan, judge: PlanJudge, approved: bool) -> ExecutorRun:
        found = self._verified_plan(plan)
        known, left, steps = found.known, found.left, found.rest.steps
        decision = judge(found.rest, found.snapshot)
        if decision.ruling is Ruling.REFUSE or (decision.ruling is Ruling.APPROVE and not approved):
            self.journal.refuse("; ".join(r.message for r in decision.reasons))
            return ExecutorRun(execution=_refused(plan, known), decision=decision)
        for step in steps:
            if isinstance(step.change, UpsertScram):
                self._secrets[step.change] = self.passwords(step.change)
        if not left:
            pending = self._throttles_left(plan)
            return ExecutorRun(
                execution=_execution(plan, known), decision=decision, pending=pending
            )
        with FencedChanger(self.changer(), self.lease) as changer:
            denied = changer.denied([step.change for step in steps])
            if any(denied):
                lacking = dict(zip(left, denied, strict=True))
                return ExecutorRun(
                    execution=self._not_begun(plan, known, lacking), decision=decision
                )
            left_out = _left_out(plan)
            text = f"{decision.ruling.value}; {len(steps)} of {count(len(plan.steps), 'step')} left"
            self.journal.start(f"{text}{left_out}")
            performer = self._performer(changer)
            results = known | performer.perform(found)
        execution = _execution(plan, results)
        if (
            performer.is_cancelled and execution.outcome is PlanOutcome.STALE
        ):  # no step had finished
            execution = replace(execution, outcome=PlanOutcome.PARTLY)
        self.journal.end(execution.outcome, f"{_counted(execution)}{left_out}")
        return ExecutorRun(execution=execution, decision=decision, pending=performer.pending)

    def _throttles_left(self, plan: Plan) -> tuple[str, ...]:
        """Remove what an earlier run of a finished plan left, such as a rate on a broker that was down."""
        if not any(isinstance(step.change, ReassignPartition) for step in plan.steps):
            return ()
        with FencedChanger(self.changer(), self.lease) as changer:
            throttles = self.dependencies.throttles(changer)
            return FaultTolerantThrottles(throttles, self.progress).end()

    def _performer(self, changer: Changer) -> StepPerformer:
        return StepPerformer(
            observer=self.observer,
            changer=changer,
            journal=self.journal,
            secrets=self._secrets,
            dependencies=self.dependencies,
            progress=self.progress,
            sleep=self.sleep,
            clock=self.clock,
        )

    def _fenced(self, plan: Plan, reason: str) -> Execution:
        """Return the known results of a run that lost its lease; what it requested may have taken effect."""
        known, asked = self.journal.results(), self.journal.attempted()
        results = {
            i: known.get(i)
            or result_of(i, PlanStepStatus.UNSURE if i in asked else PlanStepStatus.SKIPPED, reason)
            for i in range(len(plan.steps))
        }
        execution = _execution(plan, results)
        if execution.outcome is PlanOutcome.STALE:  # nothing was requested
            return replace(execution, outcome=PlanOutcome.REFUSED)
        return execution

    def _not_begun(
        self,
        plan: Plan,
        known: Mapping[int, StepResult],
        lacking: Mapping[int, NotAuthorized | None],
    ) -> Execution:
        """Change nothing because a permission is missing: a plan that cannot be finished is not started."""
        text = "not tried: another step lacks a permission"
        results = {
            i: failed(i, fault) if fault else result_of(i, PlanStepStatus.SKIPPED, text)
            for i, fault in lacking.items()
        }
        missing = sorted({fault.acl for fault in lacking.values() if fault})
        self.journal.refuse(f"missing permission: {', '.join(missing)}")
        return _execution(plan, {**known, **results})

    def _verified_plan(self, plan: Plan) -> VerifiedPlan:
        """Return the verified plan; reject one that states anything other than what follows from its changes."""
        try:
            return verify_against_cluster(plan, self.observer, self.journal, self.progress)
        except PlanEdited as fault:
            self.journal.refuse(fault.summary)
            raise


def _refused(plan: Plan, known: Mapping[int, StepResult] | None = None) -> Execution:
    known = known or {}
    return Execution(
        plan_id=plan.id,
        outcome=PlanOutcome.REFUSED,
        results=tuple(
            known.get(i) or result_of(i, PlanStepStatus.SKIPPED, "refused")
            for i in range(len(plan.steps))
        ),
    )


def _execution(plan: Plan, results: Mapping[int, StepResult]) -> Execution:
    ordered = tuple(results[i] for i in range(len(plan.steps)))
    return Execution(plan_id=plan.id, outcome=outcome_of(ordered), results=ordered)


def _left_out(plan: Plan) -> str:
    """Say what a partial execution leaves out; empty where nothing of the plan is impossible."""
    if not plan.impossible:
        return ""
    names = few((one.object for one in plan.impossible), 3)
    return f"; partial: {count(len(plan.impossible), 'impossible change')} left out: {names}"


def _counted(execution: Execution) -> str:
    counts: dict[str, int] = {}
    for result in execution.results:
        counts[result.status.value] = counts.get(result.status.value, 0) + 1
    return ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
