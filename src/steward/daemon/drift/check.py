"""One drift check: compares manifests with a cluster, finds since when they differ, and reacts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from steward.analysis.alerting.facts import Trouble
from steward.change.drift.attribution import DriftAttribution
from steward.change.drift.authorizer_log import AuthorizedRequest
from steward.change.drift.differences import difference_texts, differences
from steward.change.guard.policy import Policy
from steward.change.manifests.reading import Manifests
from steward.change.plan_builder.builder import BuiltPlan, PlanBuilder, PlanRequest
from steward.change.plan_builder.declared import Declared, plan_manifests
from steward.change.planning.kinds import parts_of
from steward.cluster.ports import Observer
from steward.daemon.drift.enforce import Enforcer, EnforceResult
from steward.model.change import Change
from steward.model.command import ClusterTarget, steward
from steward.model.drift import (
    DRIFT_KINDS,
    Appearance,
    Difference,
    DriftMode,
    DriftModes,
    drift_kind,
)
from steward.model.error import StoreUnavailable
from steward.model.finding import Evidence, ObjectRef, Remedy
from steward.model.plan import Plan, State, Step
from steward.model.unknown import Unknown
from steward.store.open import Store

ACTOR = "steward serve"
_CHANGES_SAID = 3
_Steps = tuple[str, tuple[tuple[Change, State, State], ...]]
"""Identity of a proposal: the cluster's id and its steps, without estimates, which change at every check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftTask:
    """Which manifests are compared with which cluster, how often, and the reaction to a difference.

    Units: ``interval`` seconds. ``manifests`` and ``policy`` are read again for each check; errors in them fail that
           check. ``log`` reads what the brokers' authorizer wrote.
    """

    cluster: str
    paths: tuple[str, ...]
    interval: float
    modes: DriftModes
    manifests: Callable[[], Manifests]
    policy: Callable[[], Policy]
    log: Callable[[], Iterable[AuthorizedRequest]] = tuple


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftCheckResult:
    """Result of a check: differences to alert on, their number by kind, what is unknown, and what was done.

    ``plan_id`` is the proposed plan; ``enforced`` counts steps by result, ``notices`` describes what was done.
    """

    at_ms: int
    troubles: tuple[Trouble, ...]
    counts: Mapping[str, int]
    unseen: Unknown | None = None
    cluster_id: str = ""
    plan_id: str = ""
    enforced: Counter[str] = field(default_factory=Counter[str])
    notices: tuple[str, ...] = ()


class DriftChecker:
    """Checks one task for drift repeatedly, remembering what was proposed.

    Errors: StewardError, when the cluster or the manifests cannot be read. An unavailable store is no error: then it is
            unknown since when, and nothing is proposed or enforced.
    """

    def __init__(
        self, task: DriftTask, store: Store, enforcer: Enforcer, now_ms: Callable[[], int]
    ) -> None:
        self._task = task
        self._store = store
        self._enforcer = enforcer
        self._now_ms = now_ms
        self._appearances: DriftAttribution | None = None
        self._proposed: tuple[_Steps, Plan] | None = None

    def check(self, observer: Observer) -> DriftCheckResult:
        """Do one check."""
        task = self._task
        declared = Declared(manifests=task.manifests(), cluster=task.cluster, paths=task.paths)
        proposing = PlanBuilder(
            observer=observer,
            policy=task.policy(),
            made_by=ACTOR,
            now_ms=self._now_ms,
            executed=self._store.plans.begun,
        )
        proposal = plan_manifests(declared, proposing)
        try:
            since = self._since(declared, proposal)
            enforced = self._enforcer.enforce(proposal, proposing, task.modes)
            notices = tuple(_enforced_texts(enforced, since))
            if enforced.plan_id:
                proposal = plan_manifests(declared, proposing)
                since = self._since(declared, proposal)
            plan_id = self._propose(proposal, proposing)
        except StoreUnavailable as fault:
            return self._seen(proposal, {}, EnforceResult(), f"the store is unavailable: {fault}")
        return self._seen(proposal, since, enforced, plan_id=plan_id, notices=notices)

    def _since(self, declared: Declared, proposal: BuiltPlan) -> Mapping[ObjectRef, Appearance]:
        if self._appearances is None or self._appearances.source != declared.title:
            self._appearances = DriftAttribution(
                store=self._store, source=declared.title, log=self._task.log
            )
        plan = proposal.plan
        return self._appearances.of(plan.cluster_id, differences(proposal), plan, plan.created_at)

    def _propose(self, proposal: BuiltPlan, proposing: PlanBuilder) -> str:
        """Save a plan for what is not only reported; a saved plan that is still valid is not created again."""
        steps = self._proposable(proposal)
        if not steps:
            self._proposed = None
            return ""
        key = (proposal.plan.cluster_id, tuple((s.change, s.before, s.after) for s in steps))
        known = self._proposed
        if known is not None and known[0] == key and self._now_ms() < _renewal_ms(known[1]):
            return known[1].id
        wanted = PlanRequest(
            title=f"drift of {proposal.request.title}",
            source=proposal.request.source,
            changes=tuple(s.change for s in steps),
            criticality=proposal.request.criticality,
            ordered=True,
        )
        plan = proposing.build_observed(wanted, proposal.snapshot).plan
        self._store.plans.save(
            plan, criticality=wanted.criticality, cluster_name=self._task.cluster
        )
        self._proposed = key, plan
        return plan.id

    def _proposable(self, proposal: BuiltPlan) -> tuple[Step, ...]:
        modes = self._task.modes
        return tuple(s for s in proposal.plan.steps if modes.of(s.object) is not DriftMode.REPORT)

    def _seen(
        self,
        proposal: BuiltPlan,
        since: Mapping[ObjectRef, Appearance],
        enforced: EnforceResult,
        trouble: str = "",
        *,
        plan_id: str = "",
        notices: tuple[str, ...] = (),
    ) -> DriftCheckResult:
        found = [d for d in differences(proposal) if d.object.kind != "cluster"]
        counts = Counter(drift_kind(d.object) for d in found)
        return DriftCheckResult(
            at_ms=self._now_ms(),
            troubles=tuple(
                self._trouble(d, since.get(d.object), enforced.why.get(d.object, trouble), plan_id)
                for d in found
            ),
            counts={kind: counts[kind] for kind in DRIFT_KINDS},
            unseen=_unseen(proposal),
            cluster_id=proposal.plan.cluster_id,
            plan_id=plan_id,
            enforced=enforced.statuses,
            notices=notices,
        )

    def _trouble(
        self, one: Difference, since: Appearance | None, why: str, plan_id: str
    ) -> Trouble:
        mode = self._task.modes.of(one.object)
        parts = [
            f"{one.object} differs from its manifest: {few_changes(one.changes)}",
            str(since) if since else "since when is unknown",
        ]
        if mode is DriftMode.ENFORCE and one.steps:
            parts.append(f"not enforced: {why or 'it appeared while steward was enforcing'}")
        is_proposed = bool(plan_id and one.steps) and mode is not DriftMode.REPORT
        if is_proposed:
            parts.append(f"plan {plan_id[:12]} restores the manifest")
        command = (
            steward("plan execute", plan_id[:12])
            if is_proposed
            else steward("drift", *self._task.paths)
        ).at(ClusterTarget(cluster=self._task.cluster))
        return Trouble(
            name=one.object.name,
            kind=one.object.kind,
            summary="; ".join(parts),
            source=f"manifests {_paths(self._task)}",
            evidence=tuple(Evidence("comparison", "differs", c) for c in one.changes),
            remedy=Remedy("restore the manifest's state, or change the manifest", command),
        )


def few_changes(changes: tuple[str, ...]) -> str:
    """Describe the differences in one line; of many only the first."""
    more = len(changes) - _CHANGES_SAID
    text = ", ".join(changes[:_CHANGES_SAID])
    return f"{text} and {more} more" if more > 0 else text


def _paths(task: DriftTask) -> str:
    return " ".join(task.paths)


def _renewal_ms(plan: Plan) -> int:
    return (plan.created_at.ms + plan.expires_at.ms) // 2


def _enforced_texts(
    enforced: EnforceResult, since: Mapping[ObjectRef, Appearance]
) -> Iterator[str]:
    for step in enforced.done:
        when = since.get(step.object)
        text = f"{step.object}: {few_changes(tuple(difference_texts(step)))}"
        yield f"{text}{f'; {when}' if when else ''} (plan {enforced.plan_id[:12]})"


def _unseen(proposal: BuiltPlan) -> Unknown | None:
    """Return why a part that the comparison needs is unknown."""
    parts = parts_of(proposal.request.changes) | proposal.request.rests_on
    missing = (proposal.snapshot.part(part) for part in sorted(parts))
    return next((m for m in missing if isinstance(m, Unknown)), None)
