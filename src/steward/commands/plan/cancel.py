"""``steward plan cancel``: cancel a plan that moves data: what is in flight returns, what has arrived stays."""

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
from steward.commands.plan.cancel_moves import CancelReport, cancel, cancel_in_other_process
from steward.commands.plan.plan_cluster import find_plan
from steward.commands.plan.steering import PLAN_ID
from steward.model.change import CancelReassignment, ConfigTarget, ReassignPartition
from steward.model.command import Hint, steward
from steward.model.error import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCancelParams(ConsentParams):
    """Which plan, and what is confirmed."""

    id: Annotated[str, PLAN_ID]


@capability(
    "plan.cancel",
    effect=Effect.EXECUTE,
    changes=(CancelReassignment, ReassignPartition, ConfigTarget.TOPIC, ConfigTarget.BROKER),
    long=True,
    examples=("steward plan cancel 3f2a91bc --yes", "steward plan cancel 3f2a91bc --dry-run"),
)
def cancel_plan(params: PlanCancelParams, context: Context) -> Answer[CancelReport]:
    """Cancel a plan that moves data: what is in flight returns, what has arrived stays.

    Shows first which moves will stop and where each returns to. Replicas get their old order again. A move whose old
    replicas could not carry the partition arrives first. Where the plan runs in another process, that process is asked;
    else it is done here. `steward plan undo ID` brings back what has arrived.
    """
    from steward.change.execution.control import runs_in

    with open_store(context) as store:
        plan = find_plan(params.id, store, context)
        if store.controls.find(plan.id) is None:
            raise UsageError(
                f"plan {plan.id} has begun no move that could be cancelled",
                remedy=Hint("see how far it is: ", steward("plan status", plan.id)),
                object_name=plan.id,
            )
        runner = runs_in(store.controls, store.leases, plan.id, plan.cluster_id)
    if runner is not None:
        return cancel_in_other_process(plan, runner, context, params)
    return cancel(plan, context, params)


CAPABILITIES: tuple[Capability, ...] = (cancel_plan,)
