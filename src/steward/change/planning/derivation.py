"""What stands beside a change in a plan, derived from the change and the state of a cluster; the only source of it."""

from dataclasses import replace

from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kinds import kind_of
from steward.model.change import Change, DeleteTopic
from steward.model.plan import Impossible, Step


def normalised(change: Change, cluster: ClusterState) -> Change:
    """Return a change as plans carry it: values in their one spelling, a topic to delete named by its id.

    Shape: so a namesake that is created later survives.
    Errors: Unseen.
    """
    named = change
    if isinstance(change, DeleteTopic) and not change.topic_id and change.name in cluster.topics:
        named = replace(change, topic_id=cluster.topics[change.name].id)
    return kind_of(named).spelled(named)


def derive(given: Change, cluster: ClusterState) -> Step | Impossible | None:
    """Return the step that a change comes to, and do it to the simulated cluster.

    Shape: None where it is in place already; Impossible where Kafka cannot do it. Both leave the cluster as it is.
    Errors: Unseen, where a fact that it rests on is unknown.
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
        command=str(kind.command(change) or ""),
    )
