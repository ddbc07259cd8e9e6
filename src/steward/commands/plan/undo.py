"""``steward plan undo``: undo the completed steps of a plan, the last first, with a new plan."""

from dataclasses import dataclass

from steward.change.planning.build import undo_changes
from steward.commands.api.context import Context
from steward.commands.api.open_store import open_store
from steward.commands.api.registry import (
    Answer,
    Capability,
    Effect,
    Notice,
    capability,
)
from steward.commands.plan.change_command import planned_change
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution import executor_of
from steward.commands.plan.execution_report import (
    ChangeReport,
)
from steward.commands.plan.plan_cluster import find_plan
from steward.commands.plan.saved import PlanConsentParams
from steward.commands.plan.verify import created_topics
from steward.model.change import CHANGE_KINDS
from steward.model.command import steward
from steward.model.error import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUndoParams(PlanConsentParams):
    """Which plan, and what is confirmed."""


@capability(
    "plan.undo",
    effect=Effect.EXECUTE,
    changes=CHANGE_KINDS,
    long=True,
    examples=("steward plan undo 3f2a91bc", "steward plan undo 3f2a91bc --dry-run -o json"),
)
def undo_plan(params: PlanUndoParams, context: Context) -> Answer[ChangeReport]:
    """Undo the completed steps of a plan, the last first, with a new plan.

    Steps that cannot be undone (deleted records, passwords) are reported as warnings. Steps that were already done by
    others before the plan reached them stay.
    """
    with open_store(context) as store:
        plan = find_plan(params.id, store, context)
        with context.connect(context.connection) as observer:
            results = executor_of(plan, context, store, observer).observe_open_steps(plan)
    if isinstance(results, str):
        raise UsageError(f"{results} is changing this cluster", remedy="wait until it finishes")
    changes, stays = undo_changes(plan, tuple(results.values()))
    wanted = PlanRequest(
        title=f"undo: {plan.title}",
        source=str(steward("plan undo", plan.id)),
        changes=changes,
        warnings=tuple(_stays(text) for text in stays),
        undoes=plan.id,
        created_topics=created_topics(plan, results),
        ordered=True,
        rate_bytes_per_second=plan.rate_bytes_per_second,
    )
    return planned_change(context, params, wanted)


def _stays(text: str) -> Notice:
    return Notice(
        code="not_undone", message=f"not undone: {text}", remedy="this step cannot be undone"
    )


CAPABILITIES: tuple[Capability, ...] = (undo_plan,)
