"""Plans that are kept: what there is, how far each is, carried out, gone on with, undone."""

from dataclasses import dataclass
from typing import Annotated, TypeVar

from steward.capabilities.carrying_out import ConsentParams, carry_out, change, executor_of
from steward.capabilities.context import Context
from steward.capabilities.execution_report import (
    ChangeReport,
    ExecutionReport,
    StepEnd,
    counted,
    step_ends,
)
from steward.capabilities.plan_report import PlanReport, report_of
from steward.capabilities.planned import Wanted, judged, make
from steward.capabilities.registry import (
    Answer,
    Capability,
    ClusterName,
    Effect,
    Notice,
    capability,
)
from steward.capabilities.remembered import configuration_warnings, remembered
from steward.model.change import CHANGE_KINDS
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.plan import Plan, StepResult, StepStatus, is_final
from steward.planning.making import unwinding

R = TypeVar("R")

_ID = Doc("the plan's id, or its first characters", positional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanListParams:
    """How many."""

    limit: Annotated[int, Doc("how many at most, the newest")] = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHeadRow:
    """A kept plan at a glance."""

    id: str
    title: str
    created_at: Instant
    expires_at: Annotated[Instant, Doc("after it, it is not carried out", wide=True)]
    made_by: str
    outcome: Annotated[
        str,
        Doc(
            "how it ended last: done, partly, failed, stale, interrupted; empty: never carried out"
        ),
    ]
    cluster_id: Annotated[str, Doc("the cluster that it was made for", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanList:
    """Plans, the newest first."""

    plans: tuple[PlanHeadRow, ...]


@capability(
    "plan.list", needs_cluster=False, examples=("steward plan list", "steward plan list --limit 5")
)
def list_plans(params: PlanListParams, context: Context) -> Answer[PlanList]:
    """List the plans that are kept, and how each ended."""
    with remembered(context) as store:
        heads = store.plans.heads(params.limit)
    rows = tuple(
        PlanHeadRow(
            id=h.id,
            title=h.title,
            created_at=h.created_at,
            expires_at=h.expires_at,
            made_by=h.made_by,
            outcome=h.outcome,
            cluster_id=h.cluster,
        )
        for h in heads
    )
    return Answer(
        data=PlanList(plans=rows),
        observed_at=Instant(context.now_ms()),
        warnings=configuration_warnings(context),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanShowParams:
    """Which plan."""

    id: Annotated[str, _ID]


@capability(
    "plan.show", examples=("steward plan show 3f2a91bc", "steward plan show 3f2a91bc -o wide")
)
def show_plan(params: PlanShowParams, context: Context) -> Answer[PlanReport]:
    """Show a kept plan, step by step, and what the guard says to it now."""
    with remembered(context) as store:
        plan = store.plans.find(params.id)
    with context.connect(context.connection) as observer:
        decision = judged(plan, context, observer)
    environment = context.profile.environment
    return _about(plan, report_of(plan, decision, environment=environment, kept=True), context)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStatusParams:
    """Which plan."""

    id: Annotated[str, _ID]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """One line of the audit log about a plan."""

    at: Instant
    event: Annotated[str, Doc("started, refused, or how it ended")]
    actor: Annotated[str, Doc("who")]
    origin: Annotated[str, Doc("by which surface, on which machine")]
    detail: Annotated[str, Doc("the guard's decision, or the result")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStatus:
    """How far a plan is, and what was done to it by whom."""

    plan_id: str
    title: str
    outcome: Annotated[
        str,
        Doc(
            "how it ended last: done, partly, failed, stale, interrupted; empty: never carried out"
        ),
    ]
    counts: Annotated[str, Doc("how many steps ended how")]
    open_steps: Annotated[int, Doc("steps that are not done")]
    undone_by: Annotated[tuple[str, ...], Doc("ids of the plans that were made to undo it")]
    steps: tuple[StepEnd, ...]
    audit: Annotated[tuple[JournalRow, ...], Doc("who carried it out, when, and how it went")]


@capability("plan.status", needs_cluster=False, examples=("steward plan status 3f2a91bc",))
def plan_status(params: PlanStatusParams, context: Context) -> Answer[PlanStatus]:
    """Tell how far a plan is: each step's end, and the audit log's lines about it."""
    with remembered(context) as store:
        plan = store.plans.find(params.id)
        results = store.plans.results(plan.id)
        meant = store.plans.meant(plan.id)
        outcome = store.plans.outcome(plan.id)
        audit = store.plans.audited(plan.id)
        undone_by = store.plans.undoing(plan.id)
    shown = tuple(results.get(i) or _open(i, meant) for i in range(len(plan.steps)))
    data = PlanStatus(
        plan_id=plan.id,
        title=plan.title,
        outcome=outcome,
        counts=counted(tuple(results.values())) if results else "not carried out",
        open_steps=sum(not is_final(results.get(i)) for i in range(len(plan.steps))),
        undone_by=undone_by,
        steps=step_ends(plan, shown),
        audit=tuple(
            JournalRow(at=a.at, event=a.event, actor=a.actor, origin=a.origin, detail=a.detail)
            for a in audit
        ),
    )
    return _about(plan, data, context)


def _open(index: int, meant: frozenset[int]) -> StepResult:
    if index in meant:
        told = "asked for, and its end not written down: a resume looks it up"
        return StepResult(index=index, status=StepStatus.UNSURE, detail=told)
    return StepResult(index=index, status=StepStatus.SKIPPED, detail="not tried yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanExecuteParams(ConsentParams):
    """Which plan, and what is agreed to."""

    id: Annotated[str, _ID]


@capability(
    "plan.execute",
    effect=Effect.EXECUTE,
    changes=CHANGE_KINDS,
    long=True,
    examples=(
        "steward plan execute 3f2a91bc",
        "steward plan execute 3f2a91bc --yes",
        "steward plan execute 3f2a91bc --confirm orders",
    ),
)
def execute_plan(params: PlanExecuteParams, context: Context) -> Answer[ExecutionReport]:
    """Carry out exactly this plan, after a fresh look at the cluster and another answer of the guard.

    A step whose facts have changed is stale and not forced; one that is done already is not asked for again.
    """
    return carry_out(_kept(params.id, context), context, params)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResumeParams(PlanExecuteParams):
    """Which plan, and what is agreed to."""


@capability(
    "plan.resume",
    effect=Effect.EXECUTE,
    changes=CHANGE_KINDS,
    long=True,
    examples=("steward plan resume 3f2a91bc --yes",),
)
def resume_plan(params: PlanResumeParams, context: Context) -> Answer[ExecutionReport]:
    """Go on with a plan that was interrupted, killed, or did not get to its end.

    What was asked for and not written down is looked up first, so that nothing is done twice.
    """
    with remembered(context) as store:
        plan = store.plans.find(params.id)
        if not store.plans.journal(plan.id):
            raise UsageError(
                f"plan {plan.id} was never begun",
                remedy=f"begin it with: steward plan execute {plan.id}",
                object_name=plan.id,
            )
    return carry_out(plan, context, params)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUndoParams(PlanExecuteParams):
    """Which plan, and what is agreed to."""


@capability(
    "plan.undo",
    effect=Effect.EXECUTE,
    changes=CHANGE_KINDS,
    long=True,
    examples=("steward plan undo 3f2a91bc", "steward plan undo 3f2a91bc --dry-run -o json"),
)
def undo_plan(params: PlanUndoParams, context: Context) -> Answer[ChangeReport]:
    """Undo what was done of a plan, the last step first, by a plan of its own.

    What cannot be undone (records that are gone, passwords) is named as a warning; what was done already by somebody
    else before the plan came to it stays.
    """
    with remembered(context) as store, context.connect(context.connection) as observer:
        plan = store.plans.find(params.id)
        results = executor_of(plan, context, store, observer).settle(plan)
    if isinstance(results, str):
        raise UsageError(f"{results} changes this cluster now", remedy="wait until it has ended")
    changes, stays = unwinding(plan, tuple(results.values()))
    wanted = Wanted(
        title=f"undo: {plan.title}",
        source=f"steward plan undo {plan.id}",
        changes=changes,
        warnings=tuple(_stays(text) for text in stays),
        undoes=plan.id,
        ordered=True,
    )
    return change(make(context, lambda _: wanted), context, params)


def _stays(text: str) -> Notice:
    return Notice(
        code="not_undone", message=f"stays as it is: {text}", remedy="nothing undoes this step"
    )


def _about(plan: Plan, data: R, context: Context) -> Answer[R]:
    return Answer(
        data=data,
        cluster=ClusterName(id=plan.cluster_id or None, name=plan.cluster_id),
        observed_at=Instant(context.now_ms()),
        warnings=configuration_warnings(context),
    )


def _kept(prefix: str, context: Context) -> Plan:
    with remembered(context) as store:
        return store.plans.find(prefix)


CAPABILITIES: tuple[Capability, ...] = (
    list_plans,
    show_plan,
    plan_status,
    execute_plan,
    resume_plan,
    undo_plan,
)
