"""``steward plan resume``: continue a plan that was interrupted, killed, or did not finish."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from steward.commands.api.context import Context
from steward.commands.api.open_store import open_store
from steward.commands.api.registry import (
    Answer,
    Capability,
    Effect,
    capability,
)
from steward.commands.plan.cancel_moves import sent_to_other_process
from steward.commands.plan.execution import execute_saved
from steward.commands.plan.execution_report import (
    ExecutionReport,
    execution_report,
)
from steward.commands.plan.plan_cluster import find_plan
from steward.model.change import CHANGE_KINDS
from steward.model.command import Hint, steward
from steward.model.error import UsageError
from steward.model.plan import Plan

if TYPE_CHECKING:  # SQLAlchemy is imported only when needed
    from steward.store.open import Store
from steward.commands.plan.saved import PlanExecuteParams, answer_about_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResumeParams(PlanExecuteParams):
    """Which plan, and confirmation."""


@capability(
    "plan.resume",
    effect=Effect.EXECUTE,
    changes=CHANGE_KINDS,
    long=True,
    examples=("steward plan resume 3f2a91bc --yes",),
)
def resume_plan(params: PlanResumeParams, context: Context) -> Answer[ExecutionReport]:
    """Continue a plan that was interrupted, killed, or did not finish.

    Requests without a recorded result are checked first, so that nothing is done twice. A plan paused in another
    process continues there.
    """
    with open_store(context) as store:
        plan = find_plan(params.id, store, context)
        runner = _paused_in(plan, store, context)
        if runner is not None and not params.dry_run:
            store.controls.want(plan.id, "go", now_ms=context.now_ms())
            return _sent_to_runner(plan, runner, store, context)
        if not store.plans.journal(plan.id):
            raise UsageError(
                f"plan {plan.id} was never started",
                remedy=Hint("start it: ", steward("plan execute", plan.id)),
                object_name=plan.id,
            )
        return execute_saved(plan, store, context, params, allow_partial=params.allow_partial)


def _paused_in(plan: Plan, store: "Store", context: Context) -> str | None:
    from steward.change.execution.control import PAUSE, runs_in

    control = store.controls.find(plan.id)
    if control is None or control.wanted != PAUSE:
        return None
    return runs_in(store.controls, store.leases, plan.id, plan.cluster_id)


def _sent_to_runner(
    plan: Plan, runner: str, store: "Store", context: Context
) -> Answer[ExecutionReport]:
    report = execution_report(plan, store.plans.results(plan.id), None)
    answered = answer_about_plan(plan, report, context)
    return replace(
        answered, warnings=(*answered.warnings, sent_to_other_process(plan, runner, "resume"))
    )


CAPABILITIES: tuple[Capability, ...] = (resume_plan,)
