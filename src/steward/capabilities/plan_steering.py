"""Plans that move data, steered while they run: paused, called off, told how far they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from steward.capabilities.calling_off import call_off, call_off_elsewhere
from steward.capabilities.consent import ConsentParams
from steward.capabilities.context import Context
from steward.capabilities.execution_report import ExecutionReport
from steward.capabilities.registry import (
    Answer,
    Capability,
    ClusterName,
    Effect,
    capability,
)
from steward.capabilities.remembered import configuration_warnings, remembered
from steward.model.change import CancelReassignment, ConfigTarget, ReassignPartition
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.plan import Plan

if TYPE_CHECKING:  # SQLAlchemy is imported only by work that needs it
    from steward.store.open import Store

_ID = Doc("the plan's id, or its first characters", positional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveReport:
    """How far the moves of a plan are, as who carries them out told last."""

    at: Annotated[Instant, Doc("when that was")]
    carried_out_by: Annotated[str, Doc("host, process and run; empty: nobody does now")]
    wanted: Annotated[str, Doc("go, pause or cancel")]
    bytes_done: int
    bytes_left: int
    moves_done: int
    moves_in_flight: int
    moves_left: int
    bytes_per_second: Annotated[float | None, Doc("measured over the last minute")]
    throttle_bytes_per_second: Annotated[
        int | None, Doc("the lowest rate that is set on a broker now; null: none is")
    ]
    eta_seconds: Annotated[float | None, Doc("until all has arrived, at the measured rate")]
    paused_because: str
    stalled: Annotated[tuple[str, ...], Doc("partitions whose copies do not grow")]


def move_report(plan: Plan, store: "Store") -> MoveReport | None:
    """Return how far a plan's moves are; None where none was ever begun.

    Errors: StoreUnavailable.
    """
    from steward.executing.steering import runs_in

    told, control = store.controls.progress(plan.id), store.controls.find(plan.id)
    if told is None:
        return None
    body: Mapping[str, Any] = told.body
    rates = [
        int(h.ours[-1])
        for h in store.throttles.held(plan.cluster_id)
        if h.plan_id == plan.id and not h.item and h.ours
    ]
    return MoveReport(
        at=told.at,
        carried_out_by=runs_in(store.controls, store.leases, plan.id, plan.cluster_id) or "",
        wanted=control.wanted if control else "",
        bytes_done=body["bytes_done"],
        bytes_left=body["bytes_left"],
        moves_done=body["done"],
        moves_in_flight=body["in_flight"],
        moves_left=body["left"],
        bytes_per_second=body["rate"],
        throttle_bytes_per_second=min(rates, default=None),
        eta_seconds=body["eta_seconds"],
        paused_because=body["paused_because"],
        stalled=tuple(body["stalled"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPauseParams:
    """Which plan."""

    id: Annotated[str, _ID]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPause:
    """What was asked for."""

    plan_id: str
    carried_out_by: Annotated[str, Doc("who was asked: host, process and run")]
    wanted: Annotated[str, Doc("pause")]


@capability(
    "plan.pause",
    effect=Effect.PLAN,
    needs_cluster=False,
    examples=("steward plan pause 3f2a91bc",),
)
def pause_plan(params: PlanPauseParams, context: Context) -> Answer[PlanPause]:
    """Begin no further move of a plan that runs, in this or another process of this store.

    Moves in flight arrive. It goes on with steward plan resume ID, and goes back with steward plan cancel ID.
    """
    with remembered(context) as store:
        plan = store.plans.find(params.id)
        runner = _runner(plan, store, context)
        store.controls.want(plan.id, "pause", now_ms=context.now_ms())
    return _answer(plan, PlanPause(plan_id=plan.id, carried_out_by=runner, wanted="pause"), context)


def _runner(plan: Plan, store: "Store", context: Context) -> str:
    from steward.executing.steering import runs_in

    runner = runs_in(store.controls, store.leases, plan.id, plan.cluster_id)
    if runner is None:
        raise UsageError(
            f"nobody carries out moves of plan {plan.id} now",
            remedy=Hint("see how far it is: ", steward("plan status", plan.id)),
            object_name=plan.id,
        )
    return runner


def _answer(plan: Plan, data: Any, context: Context) -> Answer[Any]:
    return Answer(
        data=data,
        cluster=ClusterName(id=plan.cluster_id or None, name=plan.cluster_id),
        observed_at=Instant(context.now_ms()),
        warnings=configuration_warnings(context),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCancelParams(ConsentParams):
    """Which plan, and what is agreed to."""

    id: Annotated[str, _ID]


@capability(
    "plan.cancel",
    effect=Effect.EXECUTE,
    changes=(CancelReassignment, ReassignPartition, ConfigTarget.TOPIC, ConfigTarget.BROKER),
    long=True,
    examples=("steward plan cancel 3f2a91bc --yes", "steward plan cancel 3f2a91bc --dry-run"),
)
def cancel_plan(params: PlanCancelParams, context: Context) -> Answer[ExecutionReport]:
    """Call off a plan that moves data: what is in flight goes back, what has arrived stays.

    Replicas get their old order again. A move whose old replicas could not carry the partition arrives first. Where the
    plan runs in another process, that one is asked; else it is done here. `steward plan undo ID` brings back what has
    arrived.
    """
    from steward.executing.steering import runs_in

    with remembered(context) as store:
        plan = store.plans.find(params.id)
        if store.controls.find(plan.id) is None:
            raise UsageError(
                f"plan {plan.id} has begun no move that could be called off",
                remedy=Hint("see how far it is: ", steward("plan status", plan.id)),
                object_name=plan.id,
            )
        runner = runs_in(store.controls, store.leases, plan.id, plan.cluster_id)
    if runner is not None:
        return call_off_elsewhere(plan, runner, context, params)
    return call_off(plan, context, params)


CAPABILITIES: tuple[Capability, ...] = (pause_plan, cancel_plan)
