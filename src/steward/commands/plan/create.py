"""From changes to a plan that is made, judged by the guard and kept: the way of every command that plans."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from steward.change.guard.plan_evidence import PlanEvidence
from steward.change.plan_builder.builder import Proposal, Proposing, Wish
from steward.change.plan_builder.builder import Wanted as Wanted
from steward.change.planning.kinds import parts_of
from steward.cluster.ports import EVERYTHING
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.current_user import person as person
from steward.commands.api.observation import Look, Next
from steward.commands.api.open_store import remembered
from steward.commands.api.plan_report import PlanReport, report_of
from steward.commands.api.registry import Answer, Notice, Outcome
from steward.commands.plan.policy import guard_policy
from steward.model.error import StoreUnavailable
from steward.model.plan import Plan
from steward.model.snapshot import ClusterSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Made(Proposal):
    """A plan as a command made it, and why it could not be kept (None: it was)."""

    not_kept: Notice | None = None


def make(
    context: Context,
    wish: Wish,
    first: Look = (frozenset(), EVERYTHING),
    then: tuple[Next, ...] = (),
) -> Made:
    """Look, ask what is wanted, look at what that rests on, plan it, ask the guard, and keep the plan.

    Shape: one connection; ``first`` is the look that ``wish`` needs, and ``then`` are those that follow from what was
           seen before. No part is asked for twice in the same breadth.
    Errors: those of observing; ConfigurationError for a policy that cannot be read. A store that cannot be used is
            no error here: the plan says that it was not kept.
    """
    return made(context, lambda proposing: proposing.propose(wish, first, then))


def make_on(context: Context, wanted: Wanted, seen: ClusterSnapshot) -> Made:
    """Plan what is wanted on what was seen already, ask the guard, and keep the plan; what is missing is looked at.

    Errors: as `make`.
    """
    return made(context, lambda proposing: proposing.judged(wanted, seen))


def made(context: Context, propose: Callable[[Proposing], Proposal]) -> Made:
    """Have a plan made of the chosen cluster on one connection, and keep it.

    Errors: as `make`.
    """
    policy = guard_policy(context)
    with context.connect(context.connection) as observer:
        proposal = propose(
            Proposing(
                observer=observer,
                policy=policy,
                made_by=person(),
                now_ms=context.now_ms,
                progress=context.progress,
            )
        )
    parts = {f.name: getattr(proposal, f.name) for f in fields(Proposal)}
    return Made(**parts, not_kept=keep(proposal.plan, context, proposal.evidence))


def keep(plan: Plan, context: Context, evidence: PlanEvidence) -> Notice | None:
    """Keep a plan with what was found out for it; return why it could not be kept, None where it was."""
    try:
        with remembered(context) as store:
            store.plans.save(plan, criticality=evidence.criticality)
    except StoreUnavailable as fault:
        return Notice(
            code=fault.code,
            message=f"the plan is not kept, so its id cannot be executed: {fault.summary}",
            object=plan.id,
            remedy=fault.remedy,
        )
    return None


def report(made: Made, context: Context) -> PlanReport:
    """Put what was made into the shape that surfaces show."""
    return report_of(
        made.plan,
        made.decision,
        environment=context.profile.environment,
        kept=made.not_kept is None,
        remaining=made.wanted.remaining,
    )


def answer_of(
    made: Made, context: Context, *, outcome: Outcome = Outcome.DONE
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
