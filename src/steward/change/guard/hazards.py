"""The rule on harmful changes that destroy nothing: confirmation is required, with the effect stated."""

from collections import Counter

from steward.change.guard.subject import GuardInput, Reasons, approve
from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.change.planning.kind import Hazard
from steward.change.planning.kinds import kind_of
from steward.model.change import ReassignPartition
from steward.model.command import SEE_RIGHTS
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, Step
from steward.model.wording import count


def hazards(subject: GuardInput) -> Reasons:
    """Require confirmation where a kind of change reports a hazard, on the cluster's state at that step.

    Destructive steps have a rule of their own. Moves are reported once per topic. What cannot be evaluated counts as a
    hazard.
    """
    if not subject.policy.is_production:
        return
    moved: Counter[tuple[str, Hazard]] = Counter()
    for index, step, cluster in subject.walk():
        if step.risk is Risk.DESTRUCTIVE:
            continue
        found = _hazard(step, cluster)
        if found is None:
            continue
        if isinstance(step.change, ReassignPartition):
            moved[step.change.partition.topic, found] += 1
        else:
            remedy = _UNSEEN if found.rule == _UNKNOWN else ""
            yield approve(found.rule, step.object, found.effect, remedy, index)
    for (topic, found), number in moved.items():
        message = f"{found.effect} ({count(number, 'partition')})"
        yield approve(found.rule, ObjectRef("topic", topic), message)


def _hazard(step: Step, cluster: ClusterState) -> Hazard | None:
    try:
        return kind_of(step.change).hazard(step.change, cluster)
    except Unseen as unseen:
        return Hazard(_UNKNOWN, f"the effect of {step.kind} on clients is unknown: {unseen}")


_UNKNOWN = "effects_unknown"
_UNSEEN = SEE_RIGHTS
