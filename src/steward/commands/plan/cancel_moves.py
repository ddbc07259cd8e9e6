"""Moves called off: what is in flight goes back, by whoever carries the plan out, or here where nobody does."""

from dataclasses import replace

from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.open_store import open_store
from steward.commands.api.registry import Answer, Notice, Outcome
from steward.commands.plan.execution import (
    OF_CALLING_OFF,
    ExecutionResult,
    agreed_to,
    answer_of_run,
    only_rules,
    run,
    verified_and_judged,
)
from steward.commands.plan.execution_report import ExecutionReport, execution_report
from steward.model.command import Hint, steward
from steward.model.plan import GuardDecision, Plan, Ruling, is_final


def cancel(plan: Plan, context: Context, params: ConsentParams) -> Answer[ExecutionReport]:
    """Call off the moves of a plan that nobody carries out now: take the turn, and let them go back.

    Shape: the guard only insists on the right cluster, and that it may be changed: to go back is no new risk.
    Errors: as observing; StoreUnavailable; Interrupted.
    """
    with open_store(context) as store, context.connect(context.connection) as observer:
        found = verified_and_judged(plan, context, observer, store)
        decision = only_rules(found.decision, OF_CALLING_OFF)
        carried = agreed_to(plan, found.found.rest, decision, context, params, store)
        if carried is None:
            carried = run(plan, context, store, observer, decision, found.evidence, calls_off=True)
        known = store.plans.results(plan.id)
    return answer_of_run(plan, carried, known, context, params)


def cancel_in_other_process(
    plan: Plan, runner: str, context: Context, params: ConsentParams
) -> Answer[ExecutionReport]:
    """Ask who carries a plan out to call off its moves.

    Errors: StoreUnavailable.
    """
    with open_store(context) as store:
        known = store.plans.results(plan.id)
        allowed = GuardDecision(ruling=Ruling.ALLOW)
        left = tuple(s for i, s in enumerate(plan.steps) if not is_final(known.get(i)))
        carried = agreed_to(plan, replace(plan, steps=left), allowed, context, params, store)
        if carried is None:
            store.controls.want(plan.id, "cancel", now_ms=context.now_ms())
            carried = ExecutionResult(
                outcome=Outcome.DONE, execution=execution_report(plan, known, None)
            )
            notice = sent_to_other_process(plan, runner, "call it off")
            answered = answer_of_run(plan, carried, known, context, params)
            return replace(answered, warnings=(*answered.warnings, notice))
    return answer_of_run(plan, carried, known, context, params)


def sent_to_other_process(plan: Plan, runner: str, what: str) -> Notice:
    """Say that another process was asked."""
    return Notice(
        code="asked_elsewhere",
        message=f"{runner} carries it out and was asked to {what}",
        object=f"plan {plan.id}",
        remedy=Hint("see how far it is: ", steward("plan status", plan.id)),
    )
