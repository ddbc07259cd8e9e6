"""Execute a plan: check it again, confirm, run; used by every command that changes a cluster."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, TypeVar

from steward.change.guard.decide import decide
from steward.change.guard.plan_evidence import PlanEvidence
from steward.change.guard.policy import Policy
from steward.change.guard.rules import BACKUP_OUTDATED, PLAN_EXPIRED
from steward.change.planning.kinds import object_of
from steward.cluster.ports import Observer
from steward.commands.api.consent import ConsentParams as ConsentParams
from steward.commands.api.consent import Objection, objection
from steward.commands.api.context import Context
from steward.commands.api.open_store import configuration_warnings, open_store, profile_name
from steward.commands.api.plan_report import PlanReport, report_of
from steward.commands.api.registry import Answer, Notice, Outcome
from steward.commands.plan.create import SavedPlan, answer_of
from steward.commands.plan.execution_report import (
    ChangeReport,
    ExecutionReport,
    execution_report,
    report_of_execution,
)
from steward.commands.plan.passwords import passwords_from
from steward.commands.plan.plan_cluster import cluster_of
from steward.commands.plan.verify import JudgedPlan, journal_of, verify_and_judge
from steward.model.command import Hint, steward
from steward.model.error import Interrupted, NotAuthorized, PlanEdited
from steward.model.instant import Instant
from steward.model.plan import (
    Execution,
    GuardDecision,
    Plan,
    PlanOutcome,
    PlanStepStatus,
    Ruling,
    StepResult,
    is_final,
    outcome_of,
    strictest,
)
from steward.model.snapshot import ClusterSnapshot

if TYPE_CHECKING:  # SQLAlchemy is imported only when needed
    from steward.change.execution.executor import Executor, ExecutorRun
    from steward.store.open import Store

R = TypeVar("R", bound=ChangeReport)

OUTCOMES: Mapping[PlanOutcome, Outcome] = {
    PlanOutcome.DONE: Outcome.DONE,
    PlanOutcome.PARTLY: Outcome.PARTLY,
    PlanOutcome.FAILED: Outcome.FAILED,
    PlanOutcome.REFUSED: Outcome.REFUSED,
    PlanOutcome.STALE: Outcome.STALE,
}
DENIED = NotAuthorized.code


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionResult:
    """How a plan ended; the execution is None where it did not start."""

    outcome: Outcome
    execution: ExecutionReport | None = None
    errors: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    declined: bool = False


def plain_report(report: PlanReport) -> ChangeReport:
    """Return a plan's report extended by its execution."""
    return ChangeReport(**{f.name: getattr(report, f.name) for f in fields(PlanReport)})


def confirm_and_report(
    made: SavedPlan,
    context: Context,
    params: ConsentParams,
    extended: Callable[[PlanReport], R] = plain_report,
) -> Answer[R]:
    """Confirm and execute a plan that a command created; return the command's whole answer.

    ``extended`` turns the plan's report into the command's own, which is also shown for confirmation.

    Errors: as observing; StoreUnavailable; Interrupted.
    """
    answered = answer_of(made, context)
    shown = extended(answered.data)
    carried = (
        confirm_and_execute(made, context, params, shown)
        if answered.outcome is Outcome.DONE
        else None
    )
    execution = carried.execution if carried else None
    errors = carried.errors if carried else refusals(made.decision)
    return Answer(
        data=replace(shown, execution=execution),
        cluster=answered.cluster,
        observed_at=answered.observed_at,
        unknown=answered.unknown,
        warnings=(*answered.warnings, *(carried.warnings if carried else ())),
        errors=(*answered.errors, *errors),
        outcome=carried.outcome if carried else answered.outcome,
        declined=carried is not None and carried.declined,
    )


def confirm_and_execute(
    made: SavedPlan, context: Context, params: ConsentParams, shown: PlanReport | None = None
) -> ExecutionResult:
    """Confirm and execute a plan that a command created.

    A plan without steps is done; ``--dry-run`` stops with the outcome done. A plan that policy blocks, or that is not
    confirmed, is refused.

    Errors: as observing; StoreUnavailable, also where the plan could not be saved; Interrupted.
    """
    plan, decision = made.plan, made.decision
    if decision.ruling is Ruling.REFUSE:
        _write_refusal(made, context, params, "; ".join(r.message for r in decision.reasons))
        return ExecutionResult(outcome=Outcome.REFUSED, errors=refusals(decision))
    if not plan.steps or params.dry_run:
        return ExecutionResult(outcome=Outcome.DONE)
    missing = _objection(plan, decision, params, context, shown)
    if missing is not None:
        _write_refusal(made, context, params, missing.message)
        return _not_confirmed(plan, missing)
    with open_store(context) as store, context.connect(context.connection) as observer:
        if made.not_kept is not None:
            store.plans.save(
                plan,
                criticality=made.evidence.criticality,
                cluster_name=profile_name(context),
            )
        return run(plan, context, store, observer, decision, made.evidence, made.policy)


def _write_refusal(made: SavedPlan, context: Context, params: ConsentParams, why: str) -> None:
    """Log a refusal in the audit log; an unsaved plan has no entry there."""
    if made.not_kept is None and not params.dry_run:
        with open_store(context) as store:
            journal_of(made.plan, context, store).refuse(why)


def execute_saved(
    plan: Plan,
    store: "Store",
    context: Context,
    params: ConsentParams,
    *,
    allow_partial: bool = False,
    save: bool = False,
) -> Answer[ExecutionReport]:
    """Execute a plan, or the steps of it that are left, after the cluster was observed again.

    A plan that was executed to its end is not executed again: its steps are *already* in place, or it is stale.
    ``--dry-run`` stops after the guard's decision; the outcome is then null where nothing forbids it. ``save``: the
    plan was handed over, and is saved once it is verified. ``allow_partial``: what is impossible is left out.
    Errors: PlanEdited, where it states what does not follow from its changes; as observing; StoreUnavailable;
            Interrupted.
    """
    with context.connect(context.connection) as observer:
        known = store.plans.results(plan.id)
        if plan.steps and all(is_final(known.get(i)) for i in range(len(plan.steps))):
            carried = _recheck(plan, observer)
        else:
            found = verified_and_judged(plan, context, observer, store, allow_partial=allow_partial)
            if save:
                store.plans.save(plan, cluster_name=profile_name(context))
            carried = confirmed_report(
                plan, found.found.rest, found.decision, context, params, store
            ) or run(plan, context, store, observer, found.decision, found.evidence, found.policy)
    return answer_of_run(plan, carried, store.plans.results(plan.id), context, params)


CANCEL_RULES = frozenset({"wrong_cluster", "read_only"})
"""The guard rules that apply to cancelling moves: reverting adds no new risk."""


def only_rules(decision: GuardDecision, rules: frozenset[str]) -> GuardDecision:
    """Return the guard's decision by some of its rules only."""
    reasons = tuple(r for r in decision.reasons if r.rule in rules)
    return replace(decision, reasons=reasons, ruling=strictest(reasons))


def confirmed_report(
    plan: Plan,
    rest: Plan,
    decision: GuardDecision,
    context: Context,
    params: ConsentParams,
    store: "Store",
    shown: PlanReport | None = None,
) -> ExecutionResult | None:
    """Return how it ends here: blocked by policy, not confirmed, or a dry run; None: it may begin.

    ``shown`` is what a person is shown who is asked, instead of ``rest``.
    """
    journal = journal_of(plan, context, store)
    if decision.ruling is Ruling.REFUSE:
        journal.refuse("; ".join(r.message for r in decision.reasons))
        return ExecutionResult(outcome=OUTCOMES[_refusal_of(decision)], errors=refusals(decision))
    if params.dry_run:
        return ExecutionResult(outcome=Outcome.DONE)
    missing = _objection(rest, decision, params, context, shown)
    if missing is None:
        return None
    journal.refuse(missing.message)
    return _not_confirmed(plan, missing)


def answer_of_run(
    plan: Plan,
    carried: ExecutionResult,
    known: Mapping[int, StepResult],
    context: Context,
    params: ConsentParams,
) -> Answer[ExecutionReport]:
    """Answer with how a plan ended, or with the known state of its steps where it did not start."""
    execution = carried.execution or execution_report(plan, known, _outcome_of(carried, params))
    return Answer(
        data=execution,
        cluster=cluster_of(plan, context, otherwise=context.named_profile[0]),
        observed_at=Instant(context.now_ms()),
        warnings=(*configuration_warnings(context), *carried.warnings),
        errors=carried.errors,
        outcome=carried.outcome,
        declined=carried.declined,
    )


def _outcome_of(carried: ExecutionResult, params: ConsentParams) -> PlanOutcome | None:
    if carried.outcome is Outcome.DONE and params.dry_run:
        return None
    return next(plan for plan, outcome in OUTCOMES.items() if outcome is carried.outcome)


def verified_and_judged(
    plan: Plan,
    context: Context,
    observer: Observer,
    store: "Store",
    *,
    allow_partial: bool = False,
) -> JudgedPlan:
    """Verify and check a plan before execution; an edited plan is logged in the audit log.

    Errors: as `judged`.
    """
    try:
        return verify_and_judge(plan, context, observer, store, allow_partial=allow_partial)
    except PlanEdited as fault:
        journal_of(plan, context, store).refuse(fault.summary)
        raise


def executor_of(
    plan: Plan, context: Context, store: "Store", observer: Observer, *, calls_off: bool = False
) -> "Executor":
    """Return the executor of plans, or of cancellations, on the chosen cluster."""
    from steward.change.execution.open_executor import executor_for

    return executor_for(
        plan,
        store=store,
        observer=observer,
        connection=context.connection,
        journal=journal_of(plan, context, store),
        passwords=passwords_from(context),
        progress=context.progress,
        now_ms=context.now_ms,
        calls_off=calls_off,
    )


def run(
    plan: Plan,
    context: Context,
    store: "Store",
    observer: Observer,
    agreed: GuardDecision,
    evidence: PlanEvidence,
    policy: Policy,
    *,
    calls_off: bool = False,
) -> ExecutionResult:
    """Execute what was confirmed, or cancel its moves.

    Errors: as observing; StoreUnavailable; Interrupted.
    """

    def judge(left: Plan, seen: ClusterSnapshot) -> GuardDecision:
        decision = decide(left, seen, policy, Instant(context.now_ms()), evidence)
        return as_confirmed(only_rules(decision, CANCEL_RULES) if calls_off else decision, agreed)

    executor = executor_of(plan, context, store, observer, calls_off=calls_off)
    try:
        run = executor.run(plan, judge, approved=True)
    except KeyboardInterrupt:
        raise Interrupted(
            f"Ctrl-C interrupted plan {plan.id}: completed steps are in its journal",
            remedy=Hint(
                "continue: ",
                steward("plan resume", plan.id),
                "; or undo: ",
                steward("plan undo", plan.id),
            ),
            object_name=plan.id,
        ) from None
    outcome, errors = _ended(plan, run)
    if calls_off and outcome in (Outcome.PARTLY, Outcome.STALE) and not _is_open(run.execution):
        outcome = Outcome.DONE  # cancelled moves did not finish, as requested
    execution = report_of_execution(plan, run.execution)
    owed = tuple(
        Notice(code="throttle_owed", message=text, object=f"plan {plan.id}") for text in run.pending
    )
    return ExecutionResult(outcome=outcome, execution=execution, errors=errors, warnings=owed)


def _is_open(execution: Execution) -> bool:
    """Return whether something failed, or is not confirmed to have finished."""
    return any(
        r.status in (PlanStepStatus.FAILED, PlanStepStatus.UNSURE) for r in execution.results
    )


def as_confirmed(fresh: GuardDecision, agreed: GuardDecision) -> GuardDecision:
    """Return the guard's new decision; a reason for confirmation that was not shown before blocks."""
    known = {(r.rule, r.object) for r in agreed.reasons}
    reasons = tuple(
        replace(r, ruling=Ruling.REFUSE, message=f"{r.message} (new since the plan was confirmed)")
        if r.ruling is Ruling.APPROVE and (r.rule, r.object) not in known
        else r
        for r in fresh.reasons
    )
    return replace(fresh, reasons=reasons, ruling=strictest(reasons))


def _objection(
    plan: Plan,
    decision: GuardDecision,
    given: ConsentParams,
    context: Context,
    shown: PlanReport | None = None,
) -> Objection | None:
    name, profile = context.named_profile
    report = shown or report_of(plan, decision, environment=profile.environment, kept=True)
    return objection(report, given, cluster=name, ask=context.ask)


def _recheck(plan: Plan, observer: Observer) -> ExecutionResult:
    """Report whether the result of an executed plan is still in place; no confirmation needed."""
    from steward.change.execution.recheck import recheck

    results = recheck(plan, observer)
    outcome = outcome_of(results)
    return ExecutionResult(
        outcome=OUTCOMES[outcome],
        execution=execution_report(plan, {r.index: r for r in results}, outcome),
        errors=_step_errors(plan, results),
    )


def refusals(decision: GuardDecision) -> tuple[Notice, ...]:
    """Return the guard's blocking reasons as errors."""
    return tuple(
        Notice(code=r.rule, message=r.message, object=str(r.object), remedy=r.remedy)
        for r in decision.reasons
        if r.ruling is Ruling.REFUSE
    )


def _refusal_of(decision: GuardDecision) -> PlanOutcome:
    """Return stale for an expired plan or an outdated backup; all else that the guard blocks is a refusal."""
    rules = {r.rule for r in decision.reasons if r.ruling is Ruling.REFUSE}
    is_stale = rules and rules <= {PLAN_EXPIRED, BACKUP_OUTDATED}
    return PlanOutcome.STALE if is_stale else PlanOutcome.REFUSED


def _not_confirmed(plan: Plan, missing: Objection) -> ExecutionResult:
    text = "Cancelled: nothing was changed" if missing.declined else missing.message
    error = Notice(
        code="not_confirmed",
        message=text if missing.declined else f"nothing was changed: {text}",
        object=f"plan {plan.id}",
        remedy=Hint("the plan is saved: ", steward("plan execute", plan.id)),
    )
    return ExecutionResult(outcome=Outcome.REFUSED, errors=(error,), declined=missing.declined)


def _ended(plan: Plan, run: "ExecutorRun") -> tuple[Outcome, tuple[Notice, ...]]:
    """Return how a run ended, and its errors."""
    if run.busy:
        busy = Notice(
            code="busy",
            message=f"nothing was changed: {run.busy} is changing this cluster",
            object=f"plan {plan.id}",
            remedy=Hint(
                "wait until it finishes, then: ",
                steward("plan execute", plan.id),
                "; if it is stuck: ",
                steward("plan break-lease", dry_run=True),
            ),
        )
        return Outcome.REFUSED, (busy,)
    execution = run.execution
    if run.lost:
        lost = Notice(
            code="lease_lost",
            message=f"stopped before the end: {run.lost}",
            object=f"plan {plan.id}",
            remedy=Hint("see its progress: ", steward("plan status", plan.id)),
        )
        return OUTCOMES[execution.outcome], (lost,)
    if execution.outcome is PlanOutcome.REFUSED and run.decision is not None:
        return OUTCOMES[_refusal_of(run.decision)], refusals(run.decision)
    failed = [r for r in execution.results if r.status is PlanStepStatus.FAILED]
    denied = execution.outcome is PlanOutcome.FAILED and all(r.code == DENIED for r in failed)
    outcome = Outcome.NOT_PERMITTED if denied else OUTCOMES[execution.outcome]
    return outcome, _step_errors(plan, execution.results)


def _step_errors(plan: Plan, results: tuple[StepResult, ...]) -> tuple[Notice, ...]:
    return tuple(
        Notice(
            code=r.code or r.status.value,
            message=f"{plan.steps[r.index].kind} {object_of(plan.steps[r.index].change)}: "
            f"{r.detail or r.status.value}",
            object=str(object_of(plan.steps[r.index].change)),
            remedy=_remedy(r.status, plan.id),
        )
        for r in results
        if _remedy(r.status, plan.id)
    )


def _remedy(status: PlanStepStatus, plan_id: str) -> str:
    """Return what to do after a step that did not succeed; empty for one that did."""
    match status:
        case PlanStepStatus.FAILED:
            return Hint("fix this, then: ", steward("plan resume", plan_id))
        case PlanStepStatus.STALE:
            return "create a new plan"
        case PlanStepStatus.UNSURE:
            return Hint("check again: ", steward("plan resume", plan_id))
        case _:
            return ""
