"""The execution of a plan, as every command that changes a cluster reports it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from steward.change.planning.kinds import object_of
from steward.commands.api.plan_report import PlanReport
from steward.model.doc import Doc
from steward.model.finding import ObjectRef
from steward.model.plan import Execution, Impossible, Plan, PlanOutcome, PlanStepStatus, StepResult


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnd:
    """How one step ended."""

    index: Annotated[int, Doc("its index in the plan, from 0", wide=True)]
    kind: Annotated[str, Doc("Kafka's name of the request")]
    object: Annotated[ObjectRef, Doc("the changed object")]
    status: Annotated[PlanStepStatus, Doc("done, already, failed, skipped, stale or unsure")]
    detail: Annotated[str, Doc("reason where it is not done")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionReport:
    """The execution of a plan."""

    plan_id: Annotated[str, Doc("the plan's id")]
    outcome: Annotated[
        PlanOutcome | None, Doc("done, partly, failed, refused or stale; null after a dry run")
    ]
    summary: Annotated[str, Doc("number of steps by status")]
    steps: Annotated[tuple[StepEnd, ...], Doc("how each step ended")]
    irreversible: Annotated[
        str, Doc("why nothing of what was done can be undone; empty: it can be")
    ] = ""
    left_out: Annotated[
        tuple[Impossible, ...], Doc("impossible changes that a partial execution left out")
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReport(PlanReport):
    """A created plan, and its execution where it was confirmed."""

    execution: Annotated[ExecutionReport | None, Doc("null: not executed")] = None


def execution_report(
    plan: Plan, results: Mapping[int, StepResult], outcome: PlanOutcome | None
) -> ExecutionReport:
    """Return the execution of a plan; steps without a result did not start."""
    ends = tuple(
        results.get(i) or StepResult(index=i, status=PlanStepStatus.SKIPPED)
        for i in range(len(plan.steps))
    )
    done = [plan.steps[e.index] for e in ends if e.status is PlanStepStatus.DONE]
    return ExecutionReport(
        plan_id=plan.id,
        outcome=outcome,
        summary=counted(ends),
        steps=step_ends(plan, ends),
        irreversible=""
        if any(s.reversible for s in done)
        else next((s.irreversible for s in done), ""),
        left_out=() if outcome is PlanOutcome.REFUSED else plan.impossible,
    )


def report_of_execution(plan: Plan, execution: Execution) -> ExecutionReport:
    """Build the report of an execution."""
    return execution_report(plan, {r.index: r for r in execution.results}, execution.outcome)


def step_ends(plan: Plan, results: tuple[StepResult, ...]) -> tuple[StepEnd, ...]:
    """Return the steps' statuses, by index."""
    return tuple(
        StepEnd(
            index=r.index,
            kind=plan.steps[r.index].kind,
            object=object_of(plan.steps[r.index].change),
            status=r.status,
            detail=r.detail,
        )
        for r in results
    )


def counted(results: tuple[StepResult, ...]) -> str:
    """Count the steps by status, in one line."""
    found = {status: sum(r.status is status for r in results) for status in PlanStepStatus}
    texts = [f"{count} {status.value}" for status, count in found.items() if count]
    return ", ".join(texts) or "nothing to do"
