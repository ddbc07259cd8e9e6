"""Plans that are kept: what there is, how far each is, carried out, gone on with, undone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, TypeVar

from steward.capabilities import plan_lease, plan_status, plan_steering
from steward.capabilities.calling_off import asked_elsewhere
from steward.capabilities.carrying_out import ConsentParams, carry_out, change, executor_of
from steward.capabilities.context import Context
from steward.capabilities.execution_report import (
    ChangeReport,
    ExecutionReport,
    execution_report,
)
from steward.capabilities.judging import created_topics, judged
from steward.capabilities.plan_report import PlanReport, report_of
from steward.capabilities.planned import Wanted, make
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
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.plan import INTERRUPTED, RUNNING, Plan
from steward.planning.making import unwinding

if TYPE_CHECKING:  # SQLAlchemy is imported only by work that needs it
    from steward.store.open import Store
    from steward.store.plans import PlanHead

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
            "how it ended last: done, partly, failed, stale, interrupted; damaged: it cannot be read; "
            "running: its moves are carried out now; "
            "empty: never carried out"
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
    from steward.executing.steering import runs_in

    with remembered(context) as store:
        heads = store.plans.heads(params.limit)
        running = {
            h.id
            for h in heads
            if h.outcome == INTERRUPTED and runs_in(store.controls, store.leases, h.id, h.cluster)
        }
    rows = tuple(
        PlanHeadRow(
            id=h.id,
            title=h.title,
            created_at=h.created_at,
            expires_at=h.expires_at,
            made_by=h.made_by,
            outcome=RUNNING if h.id in running else h.outcome,
            cluster_id=h.cluster,
        )
        for h in heads
    )
    return Answer(
        data=PlanList(plans=rows),
        observed_at=Instant(context.now_ms()),
        warnings=(*configuration_warnings(context), *_damaged(heads)),
    )


def _damaged(heads: Iterable["PlanHead"]) -> Iterator[Notice]:
    """Say of each plan that cannot be read that the rest is listed all the same."""
    from steward.store.plans import DAMAGED_OUTCOME

    for head in heads:
        if head.outcome == DAMAGED_OUTCOME:
            yield Notice(
                code="damaged",
                message=f"plan {head.id} is damaged in the store and cannot be read",
                object=head.id,
                remedy="make the plan again",
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
    with remembered(context) as store, context.connect(context.connection) as observer:
        plan = store.plans.find(params.id)
        found = judged(plan, context, observer, store, whole=True)
    report = report_of(
        found.found.plan,
        found.decision,
        environment=context.profile.environment,
        kept=True,
        document=plan,
    )
    return _about(plan, report, context)


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

    What was asked for and not written down is looked up first, so that nothing is done twice. One that was paused in
    another process goes on there.
    """
    with remembered(context) as store:
        plan = store.plans.find(params.id)
        runner = _paused_in(plan, store, context)
        if runner is not None and not params.dry_run:
            store.controls.want(plan.id, "go", now_ms=context.now_ms())
            return _goes_on(plan, runner, store, context)
        if not store.plans.journal(plan.id):
            raise UsageError(
                f"plan {plan.id} was never begun",
                remedy=Hint("begin it with: ", steward("plan execute", plan.id)),
                object_name=plan.id,
            )
    return carry_out(plan, context, params)


def _paused_in(plan: Plan, store: "Store", context: Context) -> str | None:
    from steward.executing.steering import PAUSE, runs_in

    control = store.controls.find(plan.id)
    if control is None or control.wanted != PAUSE:
        return None
    return runs_in(store.controls, store.leases, plan.id, plan.cluster_id)


def _goes_on(plan: Plan, runner: str, store: "Store", context: Context) -> Answer[ExecutionReport]:
    report = execution_report(plan, store.plans.results(plan.id), None)
    answered = _about(plan, report, context)
    return replace(answered, warnings=(*answered.warnings, asked_elsewhere(plan, runner, "go on")))


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
        source=str(steward("plan undo", plan.id)),
        changes=changes,
        warnings=tuple(_stays(text) for text in stays),
        undoes=plan.id,
        created_topics=created_topics(plan, results),
        ordered=True,
        rate_bytes_per_second=plan.rate_bytes_per_second,
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
    plan_status.plan_status,
    execute_plan,
    resume_plan,
    undo_plan,
    *plan_steering.CAPABILITIES,
    *plan_lease.CAPABILITIES,
)
