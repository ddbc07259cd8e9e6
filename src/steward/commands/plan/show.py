"""``steward plan show``: show a saved plan, step by step, with the guard's current decision."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.open_store import open_store
from steward.commands.api.plan_report import PlanReport, report_of
from steward.commands.api.registry import (
    Answer,
    Capability,
    capability,
)
from steward.commands.plan.plan_cluster import find_plan
from steward.commands.plan.saved import PLAN_ID, answer_about_plan
from steward.commands.plan.verify import verify_and_judge


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanShowParams:
    """Which plan."""

    id: Annotated[str, PLAN_ID]


@capability(
    "plan.show",
    formats=("markdown",),
    examples=(
        "steward plan show 3f2a91bc",
        "steward plan show 3f2a91bc -o wide",
        "steward plan show 3f2a91bc -o markdown > plan.md",
    ),
)
def show_plan(params: PlanShowParams, context: Context) -> Answer[PlanReport]:
    """Show a saved plan, step by step, with the guard's current decision."""
    with open_store(context) as store:
        plan = find_plan(params.id, store, context)
        with context.connect(context.connection) as observer:
            found = verify_and_judge(plan, context, observer, store, whole=True)
    report = report_of(
        found.found.plan,
        found.decision,
        environment=context.profile.environment,
        kept=True,
        document=plan,
    )
    return answer_about_plan(plan, report, context)


CAPABILITIES: tuple[Capability, ...] = (show_plan,)
