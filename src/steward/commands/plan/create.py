"""Create a plan from changes, check it with the guard, and save it: used by every command that plans."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial

from steward.change.guard.plan_evidence import PlanEvidence
from steward.change.guard.policy import Policy
from steward.change.plan_builder.builder import BuiltPlan, PlanBuilder, RequestFrom
from steward.change.plan_builder.builder import PlanRequest as PlanRequest
from steward.change.planning.kinds import parts_of
from steward.cluster.ports import EVERYTHING
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.current_user import current_user as current_user
from steward.commands.api.observation import Next, ObservationRequest
from steward.commands.api.open_store import open_store, profile_name
from steward.commands.api.plan_report import PlanReport, report_of
from steward.commands.api.registry import Answer, Notice, Outcome
from steward.commands.plan.policy import guard_policy
from steward.model.error import StoreUnavailable
from steward.model.plan import Plan
from steward.model.snapshot import ClusterSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan(BuiltPlan):
    """A plan as a command made it, by which policy, and why it could not be saved (None: it was).

    ``dry_run``: it was saved for `plan execute` alone, and `plan list` leaves it out.
    """

    policy: Policy
    not_kept: Notice | None = None
    dry_run: bool = False


def create_plan(
    context: Context,
    request_from: RequestFrom,
    first: ObservationRequest = (frozenset(), EVERYTHING),
    then: tuple[Next, ...] = (),
    *,
    dry_run: bool = False,
) -> SavedPlan:
    """Observe the cluster, ask what is wanted, observe what that rests on, plan it, ask the guard, and save the plan.

    ``first`` is the observation that ``request_from`` needs; ``then`` are those that follow from what was observed.
    All use one connection. No part is requested twice in the same breadth.
    Errors: those of observing; ConfigurationError for a policy that cannot be read. A store that cannot be used is
            no error here: the plan says that it was not saved.
    """
    return saved_plan(
        context, lambda builder: builder.build(request_from, first, then), dry_run=dry_run
    )


def create_plan_on(context: Context, wanted: PlanRequest, seen: ClusterSnapshot) -> SavedPlan:
    """Create a plan on an existing snapshot, check policy, and save the plan; missing parts are read.

    Errors: as `create_plan`.
    """
    return saved_plan(context, lambda proposing: proposing.build_observed(wanted, seen))


def saved_plan(
    context: Context,
    propose: Callable[[PlanBuilder], BuiltPlan],
    *,
    dry_run: bool = False,
    allow_partial: bool = False,
) -> SavedPlan:
    """Have a plan made of the chosen cluster on one connection, and save it.

    Errors: as `create_plan`.
    """
    policy = guard_policy(context, allow_partial=allow_partial)
    with context.connect(context.connection) as observer:
        proposal = propose(
            PlanBuilder(
                observer=observer,
                policy=policy,
                made_by=current_user(),
                now_ms=context.now_ms,
                progress=context.progress,
                executed=partial(_is_begun, context),
            )
        )
    parts = {f.name: getattr(proposal, f.name) for f in fields(BuiltPlan)}
    not_kept = save_plan(proposal.plan, context, proposal.evidence, dry_run=dry_run)
    return SavedPlan(**parts, policy=policy, not_kept=not_kept, dry_run=dry_run)


def _is_begun(context: Context, plan_id: str) -> bool:
    try:
        with open_store(context) as store:
            return store.plans.begun(plan_id)
    except StoreUnavailable:
        return False  # the plan cannot be saved either


def save_plan(
    plan: Plan, context: Context, evidence: PlanEvidence, *, dry_run: bool = False
) -> Notice | None:
    """Save a plan with what was found out for it; return why it could not be saved, None where it was."""
    try:
        with open_store(context) as store:
            store.plans.save(
                plan,
                criticality=evidence.criticality,
                cluster_name=profile_name(context),
                dry_run=dry_run,
            )
    except StoreUnavailable as fault:
        return Notice(
            code=fault.code,
            message=f"the plan is not saved, so its id cannot be executed: {fault.summary}",
            object=plan.id,
            remedy=fault.remedy,
        )
    return None


def report(made: SavedPlan, context: Context) -> PlanReport:
    """Build the report of a created plan."""
    return report_of(
        made.plan,
        made.decision,
        environment=context.profile.environment,
        kept=made.not_kept is None,
        remaining=made.request.remaining,
    )


def answer_of(
    made: SavedPlan, context: Context, *, outcome: Outcome = Outcome.DONE
) -> Answer[PlanReport]:
    """Answer with a plan; missing facts or a policy block take precedence over ``outcome``."""
    notes = (made.not_kept,) if made.not_kept is not None else ()
    answered = answer(
        report(made, context),
        made.snapshot,
        context,
        parts_of(made.request.changes) | made.request.rests_on,
        warnings=(*made.request.warnings, *notes),
    )
    if answered.outcome is not Outcome.DONE:
        return answered
    return replace(answered, outcome=Outcome.REFUSED if made.refused else outcome)
