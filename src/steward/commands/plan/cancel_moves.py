"""Cancel moves in progress, in the process that executes the plan, or here where none does."""

from dataclasses import replace

from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.open_store import open_store
from steward.commands.api.registry import Answer, Notice, Outcome
from steward.commands.plan.execution import (
    CANCEL_RULES,
    ExecutionResult,
    answer_of_run,
    confirmed_report,
    only_rules,
    run,
    verified_and_judged,
)
from steward.commands.plan.execution_report import ExecutionReport, execution_report
from steward.model.command import Hint, steward
from steward.model.plan import GuardDecision, Plan, Ruling, is_final


def cancel(plan: Plan, context: Context, params: ConsentParams) -> Answer[ExecutionReport]:
    """Cancel the moves of a plan that no process executes now: acquire the lease, and revert them.

    The guard only checks the cluster's identity and whether it may be changed: reverting adds no new risk.

    Errors: as observing; StoreUnavailable; Interrupted.
    """
    with open_store(context) as store, context.connect(context.connection) as observer:
        found = verified_and_judged(plan, context, observer, store)
        decision = only_rules(found.decision, CANCEL_RULES)
        carried = confirmed_report(plan, found.found.rest, decision, context, params, store)
        if carried is None:
            carried = run(plan, context, store, observer, decision, found.evidence, calls_off=True)
        known = store.plans.results(plan.id)
    return answer_of_run(plan, carried, known, context, params)


def cancel_in_other_process(
    plan: Plan, runner: str, context: Context, params: ConsentParams
) -> Answer[ExecutionReport]:
    """Request the process that executes a plan to cancel its moves.

    Errors: StoreUnavailable.
    """
    with open_store(context) as store:
        known = store.plans.results(plan.id)
        allowed = GuardDecision(ruling=Ruling.ALLOW)
        left = tuple(s for i, s in enumerate(plan.steps) if not is_final(known.get(i)))
        carried = confirmed_report(plan, replace(plan, steps=left), allowed, context, params, store)
        if carried is None:
            store.controls.want(plan.id, "cancel", now_ms=context.now_ms())
            carried = ExecutionResult(
                outcome=Outcome.DONE, execution=execution_report(plan, known, None)
            )
            notice = sent_to_other_process(plan, runner, "cancel it")
            answered = answer_of_run(plan, carried, known, context, params)
            return replace(answered, warnings=(*answered.warnings, notice))
    return answer_of_run(plan, carried, known, context, params)


def sent_to_other_process(plan: Plan, runner: str, what: str) -> Notice:
    """Report that the request was sent to another process."""
    return Notice(
        code="asked_elsewhere",
        message=f"{runner} executes it and was requested to {what}",
        object=f"plan {plan.id}",
        remedy=Hint("see its progress: ", steward("plan status", plan.id)),
    )
