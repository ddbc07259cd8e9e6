"""What became of a plan, as every command that changes a cluster answers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from steward.change.planning.kinds import object_of
from steward.commands.api.plan_report import PlanReport
from steward.model.doc import Doc
from steward.model.finding import ObjectRef
from steward.model.plan import Execution, Plan, PlanOutcome, PlanStepStatus, StepResult


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnd:
    """How one step ended."""

    index: Annotated[int, Doc("its place in the plan, from 0", wide=True)]
    kind: Annotated[str, Doc("Kafka's name of the request")]
    object: Annotated[ObjectRef, Doc("what it changes")]
    status: Annotated[PlanStepStatus, Doc("done, already, failed, skipped, stale or unsure")]
    detail: Annotated[str, Doc("why it is not done")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionReport:
    """What became of a plan."""

    plan_id: Annotated[str, Doc("the plan's id")]
    outcome: Annotated[
        PlanOutcome | None, Doc("done, partly, failed, refused or stale; null after a dry run")
    ]
    summary: Annotated[str, Doc("how many steps ended how")]
    steps: Annotated[tuple[StepEnd, ...], Doc("how each step ended")]
    irreversible: Annotated[
        str, Doc("why nothing of what was done can be undone; empty: it can be")
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReport(PlanReport):
    """A plan that a command made, and, where it was agreed to, what became of it."""

    execution: Annotated[ExecutionReport | None, Doc("null: it was not carried out")] = None


def execution_report(
    plan: Plan, results: Mapping[int, StepResult], outcome: PlanOutcome | None
) -> ExecutionReport:
    """Return what became of a plan; steps without a result were not tried."""
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
    )


def report_of_execution(plan: Plan, execution: Execution) -> ExecutionReport:
    """Return an execution as it is shown."""
    return execution_report(plan, {r.index: r for r in execution.results}, execution.outcome)


def step_ends(plan: Plan, results: tuple[StepResult, ...]) -> tuple[StepEnd, ...]:
    """Return how steps ended, by their place."""
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
    """Count how steps ended, in one line."""
    found = {status: sum(r.status is status for r in results) for status in PlanStepStatus}
    told = [f"{count} {status.value}" for status, count in found.items() if count]
    return ", ".join(told) or "nothing to do"
