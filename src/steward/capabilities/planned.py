"""From changes to a plan that is made, judged by the guard and kept: the way of every command that plans."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from steward.capabilities.answering import answer
from steward.capabilities.context import Context
from steward.capabilities.guarding import guard_policy
from steward.capabilities.observing import Look, Next, overlaid
from steward.capabilities.person import person as person
from steward.capabilities.plan_report import PlanReport, report_of
from steward.capabilities.registry import Answer, Notice, Outcome
from steward.capabilities.remembered import remembered
from steward.cluster.ports import EVERYTHING, Observer, Scope
from steward.executing.looking import look_for_guard
from steward.guard.decide import decide
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    DeleteScram,
    DeleteTopic,
    ReassignPartition,
)
from steward.model.error import StoreUnavailable
from steward.model.instant import Instant
from steward.model.plan import Decision, Impossible, Plan, Remaining, Ruling
from steward.model.policy import Criticality
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NOT_REQUESTED
from steward.planning.configs import KEEPS
from steward.planning.kinds import kind_of, parts_of
from steward.planning.making import make_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be planned.

    ``source`` is the command or the manifests; ``impossible`` and ``warnings`` are what the caller found himself;
    ``remaining`` differs and stays; ``criticality`` is what manifests say of topics; ``rests_on`` are parts that the
    wish was made from, besides those that the changes read. ``ordered`` keeps the order. ``rate_bytes_per_second`` is
    what moving replicas may use; 0: it is not limited.
    """

    title: str
    source: str
    changes: tuple[Change, ...]
    impossible: tuple[Impossible, ...] = ()
    warnings: tuple[Notice, ...] = ()
    remaining: tuple[Remaining, ...] = ()
    criticality: Mapping[str, Criticality] = field(default_factory=dict[str, Criticality])
    rests_on: frozenset[Part] = frozenset()
    undoes: str = ""
    ordered: bool = False
    rate_bytes_per_second: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A plan, the guard's decision, what it rests on, and why it could not be kept (None: it was)."""

    plan: Plan
    decision: Decision
    snapshot: ClusterSnapshot
    wanted: Wanted
    not_kept: Notice | None = None

    @property
    def refused(self) -> bool:
        """Whether the guard refuses it."""
        return self.decision.ruling is Ruling.REFUSE


Wish = Callable[[ClusterSnapshot], Wanted]
"""From what a first look showed to what is wanted."""


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
    guard_policy(context)  # what is wrong with it is said before anything is asked for
    with context.connect(context.connection) as observer:
        parts, scope = first
        snapshot = observer.observe(parts | {Part.IDENTITY}, scope, context.progress)
        for step in then:
            look = step(snapshot)
            if look is not None:
                snapshot = overlaid(snapshot, observer.observe(*look, context.progress))
        return _made(wish(snapshot), snapshot, observer, context)


def make_on(context: Context, wanted: Wanted, seen: ClusterSnapshot) -> Made:
    """Plan what is wanted on what was seen already, ask the guard, and keep the plan; what is missing is looked at.

    Errors: as `make`.
    """
    with context.connect(context.connection) as observer:
        return _made(wanted, seen, observer, context)


def _made(wanted: Wanted, snapshot: ClusterSnapshot, observer: Observer, context: Context) -> Made:
    for look in _looks(wanted.changes, snapshot):
        snapshot = overlaid(snapshot, observer.observe(*look, context.progress))
    now = Instant(context.now_ms())
    plan = make_plan(
        wanted.changes,
        snapshot,
        title=wanted.title,
        made_by=person(),
        source=wanted.source,
        now=now,
        impossible=wanted.impossible,
        warnings=tuple(notice.message for notice in wanted.warnings),
        undoes=wanted.undoes,
        criticality=wanted.criticality,
        ordered=wanted.ordered,
        rate_bytes_per_second=wanted.rate_bytes_per_second,
    )
    judged = _for_guard(plan, snapshot, observer, context)
    decision = decide(plan, judged, guard_policy(context), now)
    return Made(
        plan=plan,
        decision=decision,
        snapshot=snapshot,
        wanted=wanted,
        not_kept=keep(plan, context),
    )


def _looks(changes: tuple[Change, ...], seen: ClusterSnapshot) -> Iterable[Look]:
    """Yield what planning has yet to see: names of all topics, but configurations and sizes of the changed ones."""
    topics = frozenset(t for c in changes for t in kind_of(c).topics(c))
    groups = frozenset(g for c in changes for g in kind_of(c).groups(c))
    needed = parts_of(changes) | _told_with(changes)
    if Part.TOPICS in needed:
        needed |= {Part.BROKERS}
    missing = frozenset(part for part in needed if seen.part(part) == NOT_REQUESTED)
    whole = missing & {Part.TOPICS, Part.BROKERS, Part.ACLS, Part.QUOTAS, Part.USERS, Part.GROUPS}
    if whole:
        yield whole, EVERYTHING
    narrow = missing - whole
    if narrow:
        deletes = any(isinstance(c, DeleteTopic) for c in changes)
        yield narrow, Scope(topics=topics or None, groups=None if deletes else groups or None)


def _told_with(changes: tuple[Change, ...]) -> frozenset[Part]:
    """List the parts that effects are told with: bytes, records, groups and principals that lose something."""
    parts: set[Part] = set()
    for change in changes:
        match change:
            case DeleteTopic():
                parts |= {Part.LOG_DIRS, Part.OFFSETS, Part.GROUPS, Part.GROUP_OFFSETS, Part.ACLS}
            case AlterConfigs(target=ConfigTarget.TOPIC) if (KEEPS | {"cleanup.policy"}) & {
                *change.set,
                *change.remove,
            }:
                parts.add(Part.LOG_DIRS)
            case DeleteScram():
                parts.add(Part.ACLS)
            case ReassignPartition():
                parts.add(Part.LOG_DIRS)
            case _:
                pass
    return frozenset(parts)


def _for_guard(
    plan: Plan, snapshot: ClusterSnapshot, observer: Observer, context: Context
) -> ClusterSnapshot:
    """Return the snapshot with what the guard needs besides."""
    parts, scope = look_for_guard(plan.steps)
    missing = frozenset(part for part in parts if snapshot.part(part) == NOT_REQUESTED)
    if not missing:
        return snapshot
    return overlaid(snapshot, observer.observe(missing, scope, context.progress))


def keep(plan: Plan, context: Context) -> Notice | None:
    """Keep a plan in the store; return why it could not be kept, None where it was."""
    try:
        with remembered(context) as store:
            store.plans.save(plan)
    except StoreUnavailable as fault:
        return Notice(
            code=fault.code,
            message=f"the plan is not kept, so its id cannot be executed: {fault.summary}",
            object=plan.id,
            remedy=fault.remedy,
        )
    return None


def judged(plan: Plan, context: Context, observer: Observer) -> Decision:
    """Look at what the guard needs for a plan that is kept, and ask it.

    Errors: as observing; ConfigurationError for a policy that cannot be read.
    """
    seen = observer.observe(*look_for_guard(plan.steps), context.progress)
    return decide(plan, seen, guard_policy(context), Instant(context.now_ms()))


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
