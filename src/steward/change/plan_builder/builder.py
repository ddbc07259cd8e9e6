"""From a request to a judged plan: all observations that it needs, on one connection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from steward.change.execution.observation_scope import planning_scopes, with_guard_facts
from steward.change.guard.decide import decide
from steward.change.guard.plan_evidence import PlanEvidence, backup_text
from steward.change.guard.policy import Policy
from steward.change.planning.build import make_plan, unexecuted
from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.retention import RetentionCut, in_steps
from steward.change.planning.validation import validations
from steward.cluster.ports import EVERYTHING, Next, ObservationRequest, Observer, Progress, quiet
from steward.model.change import Change, DeleteTopic
from steward.model.drift import UnmanagedObject
from steward.model.instant import Instant
from steward.model.notice import Notice
from steward.model.plan import GuardDecision, Impossible, Plan, Remaining, Ruling
from steward.model.policy import Criticality
from steward.model.snapshot import ClusterSnapshot, Part, overlaid


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What to plan.

    ``source`` is the command or the manifests; ``impossible`` and ``warnings`` are what the caller found himself;
    ``remaining`` differs and stays; ``criticality`` is what manifests say of topics; ``rests_on`` are parts that the
    request was made from, besides those that the changes read. ``ordered`` keeps the order. ``cut`` divides cuts of
    retention into steps; ``rate_bytes_per_second`` is what moving replicas may use, 0: it is not limited.
    ``created_topics`` are ids of topics that the plan which is undone created. ``unmanaged`` are objects that no
    manifest declares, and that the plan leaves as they are.
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
    created_topics: frozenset[str] = frozenset()
    unmanaged: tuple[UnmanagedObject, ...] = ()

    @property
    def evidence(self) -> PlanEvidence:
        """Evidence that steward itself found for it."""
        deleted = [c for c in self.changes if isinstance(c, DeleteTopic) and c.topic_id]
        return PlanEvidence(
            criticality=self.criticality,
            created_topics=self.created_topics,
            disuse={c.topic_id: c.disuse for c in deleted if c.disuse},
            backups={c.topic_id: backup_text(c.backup) for c in deleted if c.backup},
        )


RequestFrom = Callable[[ClusterSnapshot], PlanRequest]
"""From a first snapshot to the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltPlan:
    """A plan, the guard's decision, and the facts behind it."""

    plan: Plan
    decision: GuardDecision
    snapshot: ClusterSnapshot
    request: PlanRequest

    @property
    def evidence(self) -> PlanEvidence:
        """Evidence that steward itself found for it."""
        return self.request.evidence

    @property
    def refused(self) -> bool:
        """Whether policy blocks it."""
        return self.decision.ruling is Ruling.REFUSE


@dataclass(frozen=True, kw_only=True)
class PlanBuilder:
    """Creates plans of one cluster, for ``made_by`` and under a policy.

    ``executed`` tells of a plan's id whether its execution was begun: an equal plan after it gets an id of its own.

    Errors: those of observing.
    """

    observer: Observer
    policy: Policy
    made_by: str
    now_ms: Callable[[], int]
    progress: Progress = quiet
    executed: Callable[[str], bool] = lambda _: False

    def build(
        self,
        request_from: RequestFrom,
        first: ObservationRequest = (frozenset(), EVERYTHING),
        then: tuple[Next, ...] = (),
    ) -> BuiltPlan:
        """Observe, get the request, observe what that relies on, plan it, and ask the guard.

        ``first`` is the observation that ``request_from`` needs, and ``then`` are those that follow from earlier ones.
        No part is read twice in the same scope.
        """
        parts, scope = first
        snapshot = self.observer.observe(parts | {Part.IDENTITY}, scope, self.progress)
        for step in then:
            request = step(snapshot)
            if request is not None:
                snapshot = self._observe_more(snapshot, request)
        return self.build_observed(request_from(snapshot), snapshot)

    def build_observed(self, wanted: PlanRequest, seen: ClusterSnapshot) -> BuiltPlan:
        """Plan a request on an observed cluster, observe what it also relies on, and ask the guard."""
        snapshot = seen
        for request in planning_scopes(wanted.changes, snapshot):
            snapshot = self._observe_more(snapshot, request)
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
        plan = unexecuted(plan, self.executed)
        seen_by_guard = with_guard_facts(snapshot, plan.steps, self.observer, self.progress)
        decision = decide(plan, seen_by_guard, self.policy, now, wanted.evidence)
        return BuiltPlan(plan=plan, decision=decision, snapshot=snapshot, request=wanted)

    def _planned(
        self,
        wanted: PlanRequest,
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
        """Have the brokers validate a plan without executing it; return what they reject, by step."""
        asked = validations(plan.steps)
        answers = self.observer.validate([change for change, _ in asked]) if asked else ()
        return {
            place: Impossible(
                object=plan.steps[place].object, reason=f"the brokers reject it: {fault}"
            )
            for fault, (_, places) in zip(answers, asked, strict=True)
            if fault is not None
            for place in places
        }

    def _observe_more(
        self, snapshot: ClusterSnapshot, request: ObservationRequest
    ) -> ClusterSnapshot:
        return overlaid(snapshot, self.observer.observe(*request, self.progress))
