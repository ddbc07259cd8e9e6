"""From changes to a plan that is made, judged by the guard and kept: the way of every command that plans."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from steward.change.guard.plan_evidence import PlanEvidence
from steward.change.plan_builder.builder import BuiltPlan, PlanBuilder, RequestFrom
from steward.change.plan_builder.builder import PlanRequest as PlanRequest
from steward.change.planning.kinds import parts_of
from steward.cluster.ports import EVERYTHING
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.current_user import current_user as current_user
from steward.commands.api.observation import Next, ObservationRequest
from steward.commands.api.open_store import open_store
from steward.commands.api.plan_report import PlanReport, report_of
from steward.commands.api.registry import Answer, Notice, Outcome
from steward.commands.plan.policy import guard_policy
from steward.model.error import StoreUnavailable
from steward.model.plan import Plan
from steward.model.snapshot import ClusterSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan(BuiltPlan):
    """A plan as a command made it, and why it could not be kept (None: it was)."""

    not_kept: Notice | None = None


def create_plan(
    context: Context,
    wish: RequestFrom,
    first: ObservationRequest = (frozenset(), EVERYTHING),
    then: tuple[Next, ...] = (),
) -> SavedPlan:
    """Look, ask what is wanted, look at what that rests on, plan it, ask the guard, and keep the plan.

    Shape: one connection; ``first`` is the look that ``wish`` needs, and ``then`` are those that follow from what was
           seen before. No part is asked for twice in the same breadth.
    Errors: those of observing; ConfigurationError for a policy that cannot be read. A store that cannot be used is
            no error here: the plan says that it was not kept.
    """
    return saved_plan(context, lambda proposing: proposing.propose(wish, first, then))


def create_plan_on(context: Context, wanted: PlanRequest, seen: ClusterSnapshot) -> SavedPlan:
    """Plan what is wanted on what was seen already, ask the guard, and keep the plan; what is missing is looked at.

    Errors: as `create_plan`.
    """
    return saved_plan(context, lambda proposing: proposing.judged(wanted, seen))


def saved_plan(context: Context, propose: Callable[[PlanBuilder], BuiltPlan]) -> SavedPlan:
    """Have a plan made of the chosen cluster on one connection, and keep it.

    Errors: as `create_plan`.
    """
    policy = guard_policy(context)
    with context.connect(context.connection) as observer:
        proposal = propose(
            PlanBuilder(
                observer=observer,
                policy=policy,
                made_by=current_user(),
                now_ms=context.now_ms,
                progress=context.progress,
            )
        )
    parts = {f.name: getattr(proposal, f.name) for f in fields(BuiltPlan)}
    return SavedPlan(**parts, not_kept=save_plan(proposal.plan, context, proposal.evidence))


def save_plan(plan: Plan, context: Context, evidence: PlanEvidence) -> Notice | None:
    """Keep a plan with what was found out for it; return why it could not be kept, None where it was."""
    try:
        with open_store(context) as store:
            store.plans.save(plan, criticality=evidence.criticality)
    except StoreUnavailable as fault:
        return Notice(
            code=fault.code,
            message=f"the plan is not kept, so its id cannot be executed: {fault.summary}",
            object=plan.id,
            remedy=fault.remedy,
        )
    return None


def report(made: SavedPlan, context: Context) -> PlanReport:
    """Put what was made into the shape that surfaces show."""
    return report_of(
        made.plan,
        made.decision,
        environment=context.profile.environment,
        kept=made.not_kept is None,
        remaining=made.wanted.remaining,
    )


def answer_of(
    made: SavedPlan, context: Context, *, outcome: Outcome = Outcome.DONE
) -> Answer[PlanReport]:
    """Answer with a plan; that it could not be made for want of sight, or is refused, goes before ``outcome``."""
    notes = (made.not_kept,) if made.not_kept is not None else ()
    answered = answer(
        report(made, context),
        made.snapshot,
        context,
        parts_of(made.wanted.changes) | made.wanted.rests_on,
        warnings=(*made.wanted.warnings, *notes),
    )
    if answered.outcome is not Outcome.DONE:
        return answered
    return replace(answered, outcome=Outcome.REFUSED if made.refused else outcome)
