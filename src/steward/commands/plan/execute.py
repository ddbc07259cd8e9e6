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
from steward.commands.plan.saved import PlanExecuteParams
from steward.model.change import CHANGE_KINDS
from steward.model.plan import Plan


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
    """Execute exactly this plan, after reading the cluster again and checking policy again.

    A step whose required state has changed is stale and not forced; a step that is already done is not repeated.
    """
    return execute_saved(_kept(params.id, context), context, params)


def _kept(prefix: str, context: Context) -> Plan:
    with open_store(context) as store:
        return store.plans.find(prefix)


CAPABILITIES: tuple[Capability, ...] = (execute_plan,)
