"""``steward plan pause``: start no further move of a running plan, in this or another process of this store."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from steward.commands.api.context import Context
from steward.commands.api.open_store import configuration_warnings, open_store
from steward.commands.api.registry import (
    Answer,
    Capability,
    Effect,
    capability,
)
from steward.commands.plan.plan_cluster import cluster_of, find_plan
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.plan import Plan

if TYPE_CHECKING:  # SQLAlchemy is imported only when needed
    from steward.store.open import Store
from steward.commands.plan.steering import PLAN_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPauseParams:
    """Which plan."""

    id: Annotated[str, PLAN_ID]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPause:
    """The request."""

    plan_id: str
    carried_out_by: Annotated[str, Doc("the process it was sent to: host, process and run")]
    wanted: Annotated[str, Doc("pause")]


@capability(
    "plan.pause",
    effect=Effect.PLAN,
    needs_cluster=False,
    examples=("steward plan pause 3f2a91bc",),
)
def pause_plan(params: PlanPauseParams, context: Context) -> Answer[PlanPause]:
    """Start no further move of a running plan, in this or another process of this store.

    Moves in progress finish. steward plan resume ID continues it, steward plan cancel ID cancels it.
    """
    with open_store(context) as store:
        plan = find_plan(params.id, store, context)
        runner = _runner(plan, store, context)
        store.controls.want(plan.id, "pause", now_ms=context.now_ms())
    return _answer(plan, PlanPause(plan_id=plan.id, carried_out_by=runner, wanted="pause"), context)


def _runner(plan: Plan, store: "Store", context: Context) -> str:
    from steward.change.execution.control import runs_in

    runner = runs_in(store.controls, store.leases, plan.id, plan.cluster_id)
    if runner is None:
        raise UsageError(
            f"no process is executing moves of plan {plan.id}",
            remedy=Hint("see its progress: ", steward("plan status", plan.id)),
            object_name=plan.id,
        )
    return runner


def _answer(plan: Plan, data: Any, context: Context) -> Answer[Any]:
    return Answer(
        data=data,
        cluster=cluster_of(plan, context),
        observed_at=Instant(context.now_ms()),
        warnings=configuration_warnings(context),
    )


CAPABILITIES: tuple[Capability, ...] = (pause_plan,)
