"""``steward plan execute``: execute exactly this plan."""

from steward.commands.api.context import Context
from steward.commands.api.open_store import open_store
from steward.commands.api.registry import (
    Answer,
    Capability,
    Effect,
    capability,
)
from steward.commands.plan.execution import execute_saved
from steward.commands.plan.execution_report import (
    ExecutionReport,
)
from steward.commands.plan.plan_cluster import find_plan
from steward.commands.plan.saved import PlanExecuteParams
from steward.model.change import CHANGE_KINDS


@capability(
    "plan.execute",
    effect=Effect.EXECUTE,
    changes=CHANGE_KINDS,
    long=True,
    examples=(
        "steward plan execute 3f2a91bc",
        "steward plan execute 3f2a91bc --yes",
        "steward plan execute 3f2a91bc --confirm orders",
        "steward plan execute 3f2a91bc --allow-partial",
    ),
)
def execute_plan(params: PlanExecuteParams, context: Context) -> Answer[ExecutionReport]:
    """Execute exactly this plan, after reading the cluster again and checking policy again.

    A step whose required state has changed is stale and not forced; a step that is already done is not repeated.
    """
    with open_store(context) as store:
        plan = find_plan(params.id, store, context)
        return execute_saved(plan, store, context, params, allow_partial=params.allow_partial)


CAPABILITIES: tuple[Capability, ...] = (execute_plan,)
