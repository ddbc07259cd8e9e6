"""Progress of a saved plan: its steps' results, its moves in progress, and its audit log entries."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.open_store import configuration_warnings, open_store
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.plan.execution_report import StepEnd, counted, step_ends
from steward.commands.plan.plan_cluster import cluster_of, find_plan
from steward.commands.plan.steering import MoveReport, move_report
from steward.model.doc import Candidates, Doc
from steward.model.instant import Instant
from steward.model.plan import RUNNING, PlanStepStatus, StepResult, is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStatusParams:
    """Which plan."""

    id: Annotated[
        str,
        Doc("the plan's id, or its first characters", positional=True, completes=Candidates.PLANS),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """One audit log entry of a plan."""

    at: Instant
    event: Annotated[str, Doc("started, refused, or the outcome")]
    actor: Annotated[str, Doc("who")]
    origin: Annotated[str, Doc("surface and machine")]
    detail: Annotated[str, Doc("the guard's decision, or the result")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStatus:
    """Progress of a plan, and its audit log entries."""

    plan_id: str
    title: str
    outcome: Annotated[
        str,
        Doc(
            "last outcome: done, partly, failed, stale, interrupted; running: its moves are in progress; "
            "empty: never executed"
        ),
    ]
    counts: Annotated[str, Doc("number of steps by status")]
    open_steps: Annotated[int, Doc("steps not done")]
    undone_by: Annotated[tuple[str, ...], Doc("ids of the plans that undo it")]
    moves: Annotated[
        MoveReport | None, Doc("progress of its moves; null: it moves no data, or never started")
    ]
    steps: tuple[StepEnd, ...]
    audit: Annotated[tuple[JournalRow, ...], Doc("who executed it, when, and the result")]


@capability("plan.status", needs_cluster=False, examples=("steward plan status 3f2a91bc",))
def plan_status(params: PlanStatusParams, context: Context) -> Answer[PlanStatus]:
    """Show the progress of a plan: each step's result, and its audit log entries.

    While another process moves its data: bytes, the measured rate, and the expected end.
    """
    with open_store(context) as store:
        plan = find_plan(params.id, store, context)
        results = store.plans.results(plan.id)
        asked = store.plans.attempted(plan.id)
        outcome = store.plans.outcome(plan.id)
        audit = store.plans.audited(plan.id)
        undone_by = store.plans.undoing(plan.id)
        moves = move_report(plan, store)
    runs = moves is not None and bool(moves.carried_out_by)
    shown = tuple(results.get(i) or _open(i, asked, runs=runs) for i in range(len(plan.steps)))
    data = PlanStatus(
        plan_id=plan.id,
        title=plan.title,
        outcome=RUNNING if runs else outcome,
        counts=counted(tuple(results.values())) if results else "not executed",
        open_steps=sum(not is_final(results.get(i)) for i in range(len(plan.steps))),
        undone_by=undone_by,
        moves=moves,
        steps=step_ends(plan, shown),
        audit=tuple(
            JournalRow(at=a.at, event=a.event, actor=a.actor, origin=a.origin, detail=a.detail)
            for a in audit
        ),
    )
    return Answer(
        data=data,
        cluster=cluster_of(plan, context),
        observed_at=Instant(context.now_ms()),
        warnings=configuration_warnings(context),
    )


def _open(index: int, asked: frozenset[int], *, runs: bool) -> StepResult:
    if index in asked:
        lost = "requested, result not recorded: resume checks it"
        text = "in progress" if runs else lost
        return StepResult(index=index, status=PlanStepStatus.UNSURE, detail=text)
    return StepResult(index=index, status=PlanStepStatus.SKIPPED, detail="not started")


CAPABILITIES: tuple[Capability, ...] = (plan_status,)
