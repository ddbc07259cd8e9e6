"""Moves cancelled: what is in flight returns, by the process that executes the plan, or here where none does."""

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated

from steward.cluster.ports import Observer
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.open_store import open_store
from steward.commands.api.plan_report import PlanReport, report_of
from steward.commands.api.registry import Answer, Notice, Outcome
from steward.commands.plan.change_command import plan_fields
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
from steward.model.doc import Doc
from steward.model.error import StewardError
from steward.model.finding import ObjectRef
from steward.model.plan import GuardDecision, Plan, Ruling, is_final

if TYPE_CHECKING:  # SQLAlchemy is imported only by work that needs it
    from steward.store.open import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRow:
    """One move, and what becomes of it; broker ids, the preferred leader first."""

    partition: Annotated[ObjectRef, Doc("what moves")]
    effect: Annotated[
        str,
        Doc("returns: it is stopped; finishes: it arrives first; stays: it has arrived; not_started; others: not ours"),
    ]  # fmt: skip
    now: Annotated[tuple[int, ...], Doc("replicas, those being added among them")]
    returns_to: Annotated[tuple[int, ...], Doc("the replicas that it had before the plan")]
    reason: Annotated[str, Doc("why it does not return")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelQuestion(PlanReport):
    """What a person is shown before a plan is cancelled."""

    moves: tuple[CancelRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReport(ExecutionReport):
    """What became of a cancelled plan, and of each of its moves."""

    moves: Annotated[
        tuple[CancelRow, ...], Doc("each move as it was before the plan was cancelled")
    ] = ()


Preview = tuple[tuple[CancelRow, ...], tuple[Notice, ...]]
"""The moves, and a warning where they could not be observed."""


def cancel(plan: Plan, context: Context, params: ConsentParams) -> Answer[CancelReport]:
    """Cancel the moves of a plan that no process executes now: take the lease, and let them return.

    Of the guard's rules only those hold that insist on the right cluster, and that it may be changed.
    Errors: as observing; StoreUnavailable; Interrupted.
    """
    with open_store(context) as store, context.connect(context.connection) as observer:
        found = verified_and_judged(plan, context, observer, store)
        decision = only_rules(found.decision, CANCEL_RULES)
        preview = _preview(plan, store, observer)
        rest = found.found.rest
        shown = _question(rest, decision, preview[0], context)
        carried = confirmed_report(plan, rest, decision, context, params, store, shown)
        if carried is None:
            carried = run(
                plan, context, store, observer, decision, found.evidence, found.policy,
                calls_off=True,
            )  # fmt: skip
        known = store.plans.results(plan.id)
    return _with_moves(answer_of_run(plan, carried, known, context, params), preview)


def cancel_in_other_process(
    plan: Plan, runner: str, context: Context, params: ConsentParams
) -> Answer[CancelReport]:
    """Ask the process that executes a plan to cancel its moves; a cluster that cannot be observed does not prevent it.

    Errors: StoreUnavailable.
    """
    with open_store(context) as store:
        known = store.plans.results(plan.id)
        allowed = GuardDecision(ruling=Ruling.ALLOW)
        rest = replace(
            plan, steps=tuple(s for i, s in enumerate(plan.steps) if not is_final(known.get(i)))
        )
        preview = _preview_from_elsewhere(plan, store, context)
        shown = _question(rest, allowed, preview[0], context)
        carried = confirmed_report(plan, rest, allowed, context, params, store, shown)
        notices: tuple[Notice, ...] = ()
        if carried is None:
            store.controls.want(plan.id, "cancel", now_ms=context.now_ms())
            report = execution_report(plan, known, None)
            carried = ExecutionResult(outcome=Outcome.DONE, execution=report)
            notices = (sent_to_other_process(plan, runner, "cancel it"),)
    answered = _with_moves(answer_of_run(plan, carried, known, context, params), preview)
    return replace(answered, warnings=(*answered.warnings, *notices))


def sent_to_other_process(plan: Plan, runner: str, what: str) -> Notice:
    """Report that the request was sent to another process."""
    return Notice(
        code="asked_elsewhere",
        message=f"{runner} executes it and was asked to {what}",
        object=f"plan {plan.id}",
        remedy=Hint("see its progress: ", steward("plan status", plan.id)),
    )


def _preview(plan: Plan, store: "Store", observer: Observer) -> Preview:
    from steward.change.execution.moves.cancel_preview import cancelled_moves

    found = cancelled_moves(plan, store.plans.ever_attempted(plan.id), observer)
    if isinstance(found, str):
        return (), (_unseen(plan, found),)
    rows = tuple(
        CancelRow(
            partition=ObjectRef("partition", str(m.partition)),
            effect=m.effect.value,
            now=m.now,
            returns_to=m.original,
            reason=m.reason,
        )
        for m in found
    )
    return rows, ()


def _preview_from_elsewhere(plan: Plan, store: "Store", context: Context) -> Preview:
    try:
        with context.connect(context.connection) as observer:
            return _preview(plan, store, observer)
    except StewardError as fault:
        return (), (_unseen(plan, fault.summary),)


def _unseen(plan: Plan, why: str) -> Notice:
    return Notice(
        code="moves_unknown",
        message=f"where the moves are is unknown: {why}",
        object=f"plan {plan.id}",
    )


def _question(
    rest: Plan, decision: GuardDecision, rows: tuple[CancelRow, ...], context: Context
) -> CancelQuestion:
    report = report_of(rest, decision, environment=context.profile.environment, kept=True)
    return CancelQuestion(**plan_fields(report), moves=rows)


def _with_moves(answered: Answer[ExecutionReport], preview: Preview) -> Answer[CancelReport]:
    rows, warnings = preview
    data = answered.data
    copied = {f.name: getattr(data, f.name) for f in fields(ExecutionReport)}
    return Answer(
        data=CancelReport(**copied, moves=rows),
        cluster=answered.cluster,
        observed_at=answered.observed_at,
        warnings=(*answered.warnings, *warnings),
        errors=answered.errors,
        outcome=answered.outcome,
        declined=answered.declined,
    )
