"""From a wish to a plan that was judged: every look that it needs, on one connection."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from steward.cluster.ports import EVERYTHING, Look, Next, Observer, Progress, Scope, quiet
from steward.executing.looking import look_for_guard
from steward.guard.decide import decide
from steward.guard.policy import Policy
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    CutRetention,
    DeleteScram,
    DeleteTopic,
    ReassignPartition,
)
from steward.model.instant import Instant
from steward.model.notice import Notice
from steward.model.plan import Decision, Impossible, Plan, Remaining, Ruling
from steward.model.policy import Criticality
from steward.model.snapshot import ClusterSnapshot, Part, overlaid
from steward.model.unknown import NOT_REQUESTED
from steward.planning.cluster_state import ClusterState
from steward.planning.configs import KEEPS
from steward.planning.kinds import kind_of, parts_of
from steward.planning.making import make_plan
from steward.planning.retention import RetentionCut, in_steps
from steward.planning.validation import validations


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be planned.

    ``source`` is the command or the manifests; ``impossible`` and ``warnings`` are what the caller found himself;
    ``remaining`` differs and stays; ``criticality`` is what manifests say of topics; ``rests_on`` are parts that the
    wish was made from, besides those that the changes read. ``ordered`` keeps the order. ``cut`` divides cuts of
    retention into steps; ``rate_bytes_per_second`` is what moving replicas may use, 0: it is not limited.
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
    cut: RetentionCut | None = None
    rate_bytes_per_second: int = 0


Wish = Callable[[ClusterSnapshot], Wanted]
"""From what a first look showed to what is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan, the guard's decision, and what it rests on."""

    plan: Plan
    decision: Decision
    snapshot: ClusterSnapshot
    wanted: Wanted

    @property
    def refused(self) -> bool:
        """Whether the guard refuses it."""
        return self.decision.ruling is Ruling.REFUSE


@dataclass(frozen=True, kw_only=True)
class Proposing:
    """Makes plans of one cluster, for ``made_by`` and by a policy.

    Errors: those of observing.
    """

    observer: Observer
    policy: Policy
    made_by: str
    now_ms: Callable[[], int]
    progress: Progress = quiet

    def propose(
        self,
        wish: Wish,
        first: Look = (frozenset(), EVERYTHING),
        then: tuple[Next, ...] = (),
    ) -> Proposal:
        """Look, ask what is wanted, look at what that rests on, plan it, and ask the guard.

        Shape: ``first`` is the look that ``wish`` needs, and ``then`` are those that follow from what was seen before.
               No part is asked for twice in the same breadth.
        """
        parts, scope = first
        snapshot = self.observer.observe(parts | {Part.IDENTITY}, scope, self.progress)
        for step in then:
            look = step(snapshot)
            if look is not None:
                snapshot = self._more(snapshot, look)
        return self.judged(wish(snapshot), snapshot)

    def judged(self, wanted: Wanted, seen: ClusterSnapshot) -> Proposal:
        """Plan what is wanted of a cluster that was seen, looking at what that rests on besides, and ask the guard."""
        snapshot = seen
        for look in _looks(wanted.changes, snapshot):
            snapshot = self._more(snapshot, look)
        now = Instant(self.now_ms())
        changes, undivided = wanted.changes, ()
        if wanted.cut is not None:
            changes, undivided = in_steps(changes, ClusterState(snapshot), wanted.cut)
        plan = self._planned(wanted, changes, snapshot, now, undivided)
        refused = self._refused(plan)
        if refused:
            left = tuple(s.change for i, s in enumerate(plan.steps) if i not in refused)
            why = (*plan.impossible, *(refused[i] for i in sorted(refused)))
            plan = self._planned(
                replace(wanted, impossible=(), ordered=True), left, snapshot, now, why
            )
        decision = decide(plan, self._for_guard(plan, snapshot), self.policy, now)
        return Proposal(plan=plan, decision=decision, snapshot=snapshot, wanted=wanted)

    def _planned(
        self,
        wanted: Wanted,
        changes: tuple[Change, ...],
        snapshot: ClusterSnapshot,
        now: Instant,
        impossible: tuple[Impossible, ...],
    ) -> Plan:
        return make_plan(
            changes,
            snapshot,
            title=wanted.title,
            made_by=self.made_by,
            source=wanted.source,
            now=now,
            impossible=(*wanted.impossible, *impossible),
            warnings=tuple(notice.message for notice in wanted.warnings),
            undoes=wanted.undoes,
            criticality=wanted.criticality,
            ordered=wanted.ordered,
            rate_bytes_per_second=wanted.rate_bytes_per_second,
        )

    def _refused(self, plan: Plan) -> dict[int, Impossible]:
        """Ask the brokers to validate a plan without carrying it out; return what they refuse, by its step."""
        asked = validations(plan.steps)
        answers = self.observer.validate([change for change, _ in asked]) if asked else ()
        return {
            place: Impossible(
                object=plan.steps[place].object, reason=f"the brokers refuse it: {fault}"
            )
            for fault, (_, places) in zip(answers, asked, strict=True)
            if fault is not None
            for place in places
        }

    def _more(self, snapshot: ClusterSnapshot, look: Look) -> ClusterSnapshot:
        return overlaid(snapshot, self.observer.observe(*look, self.progress))

    def _for_guard(self, plan: Plan, snapshot: ClusterSnapshot) -> ClusterSnapshot:
        """Return the snapshot with what the guard needs besides."""
        parts, scope = look_for_guard(plan.steps)
        missing = frozenset(part for part in parts if snapshot.part(part) == NOT_REQUESTED)
        return self._more(snapshot, (missing, scope)) if missing else snapshot


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
            case CutRetention():
                parts.add(Part.LOG_DIRS)
            case DeleteScram():
                parts.add(Part.ACLS)
            case ReassignPartition():
                parts.add(Part.LOG_DIRS)
            case _:
                pass
    return frozenset(parts)
