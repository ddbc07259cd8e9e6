"""The rule on what destroys nothing, and yet harms: a person agrees to it, and is told what follows."""

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
    """Ask a person wherever a kind of change names a hazard on the cluster as it is at that step.

    Shape: what is destructive is asked about by a rule of its own; moves are asked about once a topic. What cannot be
           judged counts as a hazard.
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
        return Hazard(_UNKNOWN, f"what {step.kind} does to clients could not be judged: {unseen}")


_UNKNOWN = "effects_unknown"
_UNSEEN = SEE_RIGHTS
