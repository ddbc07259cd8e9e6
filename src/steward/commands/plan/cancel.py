"""``steward plan cancel``: cancel a plan that moves data: moves in progress are undone, finished moves stay."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.open_store import open_store
from steward.commands.api.registry import (
    Answer,
    Capability,
    Effect,
    capability,
)
from steward.commands.plan.cancel_moves import cancel, cancel_in_other_process
from steward.commands.plan.execution_report import ExecutionReport
from steward.commands.plan.steering import PLAN_ID
from steward.model.change import CancelReassignment, ConfigTarget, ReassignPartition
from steward.model.command import Hint, steward
from steward.model.error import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCancelParams(ConsentParams):
    """Which plan, and confirmation."""

    id: Annotated[str, PLAN_ID]


@capability(
    "plan.cancel",
    effect=Effect.EXECUTE,
    changes=(CancelReassignment, ReassignPartition, ConfigTarget.TOPIC, ConfigTarget.BROKER),
    long=True,
    examples=("steward plan cancel 3f2a91bc --yes", "steward plan cancel 3f2a91bc --dry-run"),
)
def cancel_plan(params: PlanCancelParams, context: Context) -> Answer[ExecutionReport]:
    """Cancel a plan that moves data: moves in progress are undone, finished moves stay.

    Replicas return to their old order. A move whose old replicas cannot serve the partition is finished instead. Where
    another process executes the plan, that process cancels it. `steward plan undo ID` undoes finished moves.
    """
    from steward.change.execution.control import runs_in

    with open_store(context) as store:
        plan = store.plans.find(params.id)
        if store.controls.find(plan.id) is None:
            raise UsageError(
                f"plan {plan.id} has no move in progress to cancel",
                remedy=Hint("see its progress: ", steward("plan status", plan.id)),
                object_name=plan.id,
            )
        runner = runs_in(store.controls, store.leases, plan.id, plan.cluster_id)
    if runner is not None:
        return cancel_in_other_process(plan, runner, context, params)
    return cancel(plan, context, params)


CAPABILITIES: tuple[Capability, ...] = (cancel_plan,)
