"""Rules on the plan as a whole: right cluster, not expired, possible, within limits, nothing protected."""

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase

from steward.change.guard.inherited import inheriting
from steward.change.guard.placement import goes_with_moves, moves_of
from steward.change.guard.rules import PLAN_EXPIRED, PLAN_FROM_FUTURE
from steward.change.guard.subject import GuardInput, Reasons, approve, refuse, topic_of
from steward.change.planning.build import expiry_of
from steward.change.planning.cluster_state import Unseen
from steward.change.planning.config_inheritance import inherited_keys
from steward.model.change import (
    AbortTransaction,
    AlterConfigs,
    CancelReassignment,
    ConfigTarget,
    CutRetention,
    DeleteRecords,
    ElectLeader,
    ReassignPartition,
)
from steward.model.finding import ObjectRef
from steward.model.plan import IMPOSSIBLE, GuardReason, Risk, Ruling, Step

CLOCK_SKEW_MS = 300_000
"""How far the clock of the planning machine may be ahead of this one."""


def bounds(subject: GuardInput) -> Reasons:
    """Check the plan as a whole."""
    yield from _cluster(subject)
    yield from _impossible(subject)
    yield from _read_only(subject)
    yield from _window(subject)
    yield from _limits(subject)
    yield from _destroyed(subject)
    yield from _protected(subject)
    yield from _destructive(subject)


def _whole(subject: GuardInput) -> ObjectRef:
    return ObjectRef("plan", subject.plan.id)


def _cluster(subject: GuardInput) -> Reasons:
    plan, seen = subject.plan, subject.snapshot.cluster_id
    if not plan.cluster_id or plan.cluster_id != seen:
        yield refuse(
            "wrong_cluster",
            _whole(subject),
            f"the plan was created for cluster {plan.cluster_id or 'unknown'}; this one is {seen or 'unknown'}",
            "choose the cluster with --cluster, or create the plan again",
        )
    expires_at = expiry_of(plan)
    if subject.now > expires_at:
        yield refuse(
            PLAN_EXPIRED,
            _whole(subject),
            f"the plan expired at {expires_at}",
            "create the plan again",
        )
    if plan.created_at.ms > subject.now.ms + CLOCK_SKEW_MS:
        yield refuse(
            PLAN_FROM_FUTURE,
            _whole(subject),
            f"the plan states that it was created at {plan.created_at}, but it is now {subject.now}",
            "correct the clocks of both machines, or create the plan again",
        )


def _impossible(subject: GuardInput) -> Reasons:
    """Refuse a plan of which something is impossible; where the rest may run alone, name what is left out."""
    is_partial = subject.policy.allow_partial and bool(subject.plan.steps)
    for one in subject.plan.impossible:
        if is_partial:
            yield GuardReason(
                rule=IMPOSSIBLE,
                ruling=Ruling.ALLOW,
                object=one.object,
                message=f"left out: {one.reason}",
                remedy=one.remedy,
            )
        else:
            yield refuse(IMPOSSIBLE, one.object, one.reason, one.remedy)


def _read_only(subject: GuardInput) -> Reasons:
    if subject.policy.read_only and subject.plan.steps:
        yield refuse(
            "read_only",
            _whole(subject),
            "the profile has read_only = true: this cluster may not be changed",
            "use another profile",
        )


_NEXT_WINDOW = "wait for the next window (maintenance_windows of the profile)"
_NEVER_OPEN = "no window is ever open: profiles of these addresses share none; use one profile with its own addresses"


def _window(subject: GuardInput) -> Reasons:
    windows = subject.policy.windows
    if not windows or any(window.holds(subject.now) for window in windows):
        return
    for index, step in subject.steps:
        if step.risk is not Risk.SAFE:
            yield refuse(
                "outside_window",
                step.object,
                f"{step.kind} is {step.risk.value}; {subject.now} is outside every maintenance window",
                _NEVER_OPEN if all(window.is_never for window in windows) else _NEXT_WINDOW,
                index,
            )


def _limits(subject: GuardInput) -> Reasons:
    moves = moves_of(subject.plan)
    counted = (step for _, step in _counted_once(subject) if not goes_with_moves(step, moves))
    counts = Counter(step.risk for step in counted)
    limits = (
        (Risk.DESTRUCTIVE, subject.policy.max_destructive_steps),
        (Risk.DISRUPTIVE, subject.policy.max_disruptive_steps),
    )
    for risk, limit in limits:
        if counts[risk] > limit:
            yield refuse(
                f"too_many_{risk.value}",
                _whole(subject),
                f"{counts[risk]} {risk.value} steps; the limit per plan is {limit}",
                f"create several smaller plans, or raise max_{risk.value}_steps in the profile",
            )


def _destroyed(subject: GuardInput) -> Reasons:
    """Count the bytes on disk of topics that lose data; an unknown size exceeds the limit."""
    limit = subject.policy.max_destroyed_bytes
    if not limit:
        return
    destructive = [s for _, s in subject.steps if s.risk is Risk.DESTRUCTIVE]
    try:
        topics = {name for step in destructive for name in _losing(subject, step)}
        sizes = [subject.before.bytes_of(topic) for topic in topics]
    except Unseen:
        sizes = [None]
    if not sizes:
        return
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes) or sum(known) > limit:
        text = f"{sum(known):,} bytes" if len(known) == len(sizes) else "an unknown number of bytes"
        yield refuse(
            "too_many_bytes",
            _whole(subject),
            f"topics that lose data have {text}; the limit per plan is {limit:,}",
            "create several smaller plans, or raise max_destroyed_bytes in the profile",
        )


def _protected(subject: GuardInput) -> Reasons:
    for index, step in subject.steps:
        targets = _targets(step)
        pattern = next(
            (p for p in subject.policy.protected if any(_matches(p, t) for t in targets)), None
        )
        if pattern is not None and step.risk is not Risk.SAFE:
            yield refuse(
                "protected",
                step.object,
                f"{step.kind} is {step.risk.value}, and {pattern!r} is protected",
                "remove it from protected in the profile first",
                index,
            )


def _targets(step: Step) -> tuple[ObjectRef, ...]:
    """Return the objects that a step changes; a partition's topic included."""
    change = step.change
    if isinstance(change, (ElectLeader, ReassignPartition, CancelReassignment, AbortTransaction)):
        return (step.object, ObjectRef("topic", change.partition.topic))
    return (step.object,)


def _losing(subject: GuardInput, step: Step) -> Iterator[str]:
    """Yield the topics that lose data through a destructive step."""
    change = step.change
    if isinstance(change, DeleteRecords):
        yield change.topic
    elif isinstance(change, AlterConfigs) and change.target is ConfigTarget.BROKER:
        for key in inherited_keys(change.keys):
            yield from (one.topic for one in inheriting(subject, change, key))
    else:
        topic = topic_of(step)
        yield from () if topic is None else (topic,)


def _counted_once(subject: GuardInput) -> Iterator[tuple[int, Step]]:
    """Yield each step with its index, but only the first remaining step of each retention reduction."""
    cut: set[ObjectRef] = set()
    for index, step in subject.steps:
        if isinstance(step.change, CutRetention):
            if step.object in cut:
                continue
            cut.add(step.object)
        yield index, step


def _matches(pattern: str, target: ObjectRef) -> bool:
    return fnmatchcase(target.name, pattern) or fnmatchcase(str(target), pattern)


def _lost(step: Step) -> str:
    """Describe what is lost, even if the step has no effects of its own."""
    text = "; ".join(filter(None, step.effects)) or step.irreversible
    return text or "what it removes cannot be restored"


def _destructive(subject: GuardInput) -> Iterator[GuardReason]:
    if not subject.policy.is_production:
        return
    for index, step in _counted_once(subject):
        if step.risk is Risk.DESTRUCTIVE:
            yield approve(
                "destructive",
                step.object,
                f"{step.kind} is destructive: {_lost(step)}",
                step=index,
            )
