"""Create a plan from changes, simulate it on a snapshot, and undo it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf

from steward import __version__
from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.change.planning.derivation import derive
from steward.change.planning.kinds import agrees, kind_of, parts_of
from steward.documents.plan import plan_id
from steward.model.change import (
    Change,
    CutRetention,
    DeleteTopic,
    ElectLeader,
    ReassignPartition,
)
from steward.model.command import SEE_RIGHTS
from steward.model.instant import Instant
from steward.model.plan import Fact, Impossible, Plan, PlanStepStatus, Step, StepResult
from steward.model.policy import Criticality
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Observed

HOUR_MS = 3_600_000
EXPIRES_AFTER_MS = 24 * HOUR_MS


def make_plan(
    changes: Iterable[Change],
    snapshot: ClusterSnapshot,
    *,
    title: str,
    made_by: str,
    source: str,
    now: Instant,
    expires_after_ms: int = EXPIRES_AFTER_MS,
    impossible: Iterable[Impossible] = (),
    warnings: Iterable[str] = (),
    undoes: str = "",
    criticality: Mapping[str, Criticality] | None = None,
    ordered: bool = False,
    rate_bytes_per_second: int = 0,
) -> Plan:
    """Create a plan: leave out changes that are already in place, and put the others into a safe order.

    ``ordered`` keeps the given order. ``impossible`` and ``warnings`` are the caller's own, added to those found here.
    A change is impossible where Kafka cannot do it, or where a fact that it needs is unknown.

    Shape: each step's ``before`` is the state after all steps in front of it.
    """
    wished = tuple(changes)
    parts = parts_of(wished)
    maker = _Maker(ClusterState(snapshot))
    for change in wished if ordered else _ordered(wished, ClusterState(snapshot)):
        maker.add(change)
    plan = Plan(
        id="",
        title=title,
        cluster_id=snapshot.cluster_id or "",
        created_at=now,
        expires_at=Instant(now.ms + expires_after_ms),
        made_by=made_by,
        source=source,
        version=__version__,
        steps=tuple(maker.steps),
        impossible=(*impossible, *maker.impossible),
        reads=reads_of(parts, snapshot),
        warnings=tuple(warnings),
        undoes=undoes,
        criticality=dict(sorted((criticality or {}).items())),
        rate_bytes_per_second=rate_bytes_per_second,
    )
    return with_id(plan)


def expiry_of(plan: Plan) -> Instant:
    """Return the time after which a plan may not run, whatever the plan itself states: its facts are a day old."""
    return Instant(min(plan.expires_at.ms, plan.created_at.ms + EXPIRES_AFTER_MS))


def with_id(plan: Plan) -> Plan:
    """Return the plan under its id."""
    return replace(plan, id=plan_id(plan))


def unexecuted(plan: Plan, executed: Callable[[str], bool]) -> Plan:
    """Return the plan under an id that no execution was begun of, by ``executed``: journals are kept by id."""
    while executed(plan.id):
        plan = with_id(replace(plan, repeats=plan.repeats + 1))
    return plan


def simulate(plan: Plan, snapshot: ClusterSnapshot, steps: int | None = None) -> ClusterSnapshot:
    """Return the snapshot as the first ``steps`` steps, or all, would leave it: the dry run.

    A step whose expected state does not match is skipped, as the executor does.
    """
    cluster = ClusterState(snapshot)
    for step in plan.steps[:steps]:
        try_step(step, cluster)
    return cluster.to_snapshot()


def try_step(step: Step, cluster: ClusterState) -> None:
    """Apply a step to a simulated cluster if the cluster is in the state that the step relies on."""
    kind = kind_of(step.change)
    try:
        if agrees(kind.state(step.change, cluster), step.before):
            kind.apply(step.change, cluster)
    except Unseen:
        return


def undo_changes(plan: Plan, results: Sequence[StepResult]) -> tuple[tuple[Change, ...], list[str]]:
    """Return the changes that undo the finished steps, last first; and the steps that cannot be undone, with reasons.

    A move in progress is undone too. A leader elected after a move is elected again once the old replica order is
    restored.
    """
    undone: list[Change] = []
    elected: list[Change] = []
    stays: list[str] = []
    moved = {s.object for s in plan.steps if isinstance(s.change, ReassignPartition)}
    for result in sorted(results, key=lambda r: -r.index):
        step = plan.steps[result.index]
        is_half_way = result.status is PlanStepStatus.UNSURE and step.object in moved
        if result.status is not PlanStepStatus.DONE and not is_half_way:
            continue
        if isinstance(step.change, ElectLeader) and step.object in moved:
            elected.append(step.change)
        elif not step.inverse:
            stays.append(f"{step.kind} {step.object}: {step.irreversible}")
        undone += [_identified(change, result) for change in step.inverse]
    return (*undone, *elected), stays


def _identified(change: Change, result: StepResult) -> Change:
    """Delete exactly the created topic, by id, not a later topic of the same name."""
    if isinstance(change, DeleteTopic) and not change.topic_id:
        return DeleteTopic(name=change.name, topic_id=result.found.get("topic_id") or "")
    return change


class _Maker:
    """Adds changes one by one, each on the state that the previous ones leave."""

    def __init__(self, cluster: ClusterState) -> None:
        self._cluster = cluster
        self.steps: list[Step] = []
        self.impossible: list[Impossible] = []

    def add(self, change: Change) -> None:
        try:
            found = derive(change, self._cluster)
        except Unseen as unseen:
            found = Impossible(
                object=kind_of(change).object(change),
                reason=f"a fact that {change.request} needs is unknown: {unseen}",
                remedy=SEE_RIGHTS,
            )
        if isinstance(found, Step):
            self.steps.append(found)
        elif found is not None:
            self.impossible.append(found)


def _ordered(changes: tuple[Change, ...], cluster: ClusterState) -> list[Change]:
    def rank(change: Change) -> tuple[int, str, float, str]:
        kind = kind_of(change)
        try:
            phase = kind.phase(change, cluster)
        except Unseen:
            phase = 0
        # steps of retention cuts run in rounds, each over all topics; other alterations come after them
        number = change.number if isinstance(change, CutRetention) else inf
        return phase, change.request, number, kind.object(change).name

    return sorted(changes, key=rank)


def reads_of(parts: frozenset[Part], snapshot: ClusterSnapshot) -> tuple[Fact, ...]:
    """Return the snapshot parts that changes rely on, with the time when each was read."""
    found = ((part, snapshot.part(part)) for part in sorted(parts))
    return tuple(
        Fact(part=part.value, observed_at=Instant(seen.at_ms))
        for part, seen in found
        if isinstance(seen, Observed)
    )
