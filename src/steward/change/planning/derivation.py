"""The only place where a step's fields are derived from its change and the cluster's state."""

from dataclasses import replace

from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kinds import command_of, kind_of
from steward.model.change import Change, DeleteTopic
from steward.model.plan import Impossible, Step


def normalised(change: Change, cluster: ClusterState) -> Change:
    """Return a change as plans store it: values in canonical spelling, a topic to delete by its id.

    The id protects a later topic of the same name.
    Errors: Unseen.
    """
    named = change
    if isinstance(change, DeleteTopic) and not change.topic_id and change.name in cluster.topics:
        named = replace(change, topic_id=cluster.topics[change.name].id)
    return kind_of(named).spelled(named)


def derive(given: Change, cluster: ClusterState) -> Step | Impossible | None:
    """Derive a change's step and apply it to the simulated cluster.

    Return None if the change is already in place, Impossible if Kafka cannot do it; the cluster is unchanged then.
    Errors: Unseen, where a fact that it needs is unknown.
    """
    change = normalised(given, cluster)
    kind = kind_of(change)
    before = kind.state(change, cluster)
    if kind.fulfilled(change, cluster):
        return None
    why = kind.impossible(change, cluster)
    if why:
        return Impossible(object=kind.object(change), reason=why)
    inverse = kind.inverse(change, cluster)
    risk, effects = kind.risk(change, cluster), kind.effects(change, cluster)
    kind.apply(change, cluster)
    after = kind.state(change, cluster)
    if before == after and kind.observable(change):
        return None
    return Step(
        change=change,
        object=kind.object(change),
        before=before,
        after=after,
        risk=risk,
        effects=effects,
        inverse=() if isinstance(inverse, str) else inverse,
        irreversible=inverse if isinstance(inverse, str) else "",
        command=command_of(change),
    )
