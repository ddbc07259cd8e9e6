"""A finished plan, submitted again: whether its results are still in place; nothing is requested."""

from collections.abc import Sequence

from steward.change.execution.observation_scope import state_scope
from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.change.planning.kinds import agrees, kind_of
from steward.cluster.ports import Observer
from steward.model.finding import ObjectRef
from steward.model.plan import Plan, PlanStepStatus, State, Step, StepResult


def recheck(plan: Plan, observer: Observer) -> tuple[StepResult, ...]:
    """Return for each step whether its end state is in place (already), changed (stale), or unknown (unsure)."""
    snapshot = observer.observe(*state_scope([s.change for s in plan.steps]))
    cluster = ClusterState(snapshot)
    wanted = state_after(plan.steps)
    return tuple(
        _result(i, step, wanted[i], cluster) for i, step in enumerate(plan.steps)
    )  # fmt: skip


def state_after(steps: Sequence[Step]) -> list[State]:
    """Return the expected state of each object after the last step: later steps on it take precedence."""
    later: dict[ObjectRef, State] = {}
    wanted: list[State] = []
    for step in reversed(steps):
        last = later.get(step.object)
        gone = last is not None and not last
        wanted.append({} if gone else {k: (last or {}).get(k, v) for k, v in step.after.items()})
        later[step.object] = {} if gone else {**step.after, **(last or {})}
    return wanted[::-1]


def _result(index: int, step: Step, wanted: State, cluster: ClusterState) -> StepResult:
    kind = kind_of(step.change)
    try:
        found = kind.state(step.change, cluster)
    except Unseen as unseen:
        text = f"it was executed before; the current state is unknown: {unseen}"
        return StepResult(index=index, status=PlanStepStatus.UNSURE, detail=text)
    if agrees(found, wanted) or not kind.observable(step.change):
        return StepResult(index=index, status=PlanStepStatus.ALREADY, found=found)
    text = "it was executed before, and its result has been changed since"
    return StepResult(index=index, status=PlanStepStatus.STALE, detail=text, found=found)
