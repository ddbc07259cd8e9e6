"""Changes of the set of brokers: unregister one that will not come back."""

from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kind import REMOVE, Hazard, Kind
from steward.model.broker import Broker
from steward.model.change import Change, UnregisterBroker
from steward.model.command import Command, Hint, kafka, steward
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, State
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable
from steward.model.wording import count


class UnregisterBrokerHandler(Kind[UnregisterBroker]):
    """Unregister a broker that will not come back."""

    def object(self, change: UnregisterBroker) -> ObjectRef:
        """Return the broker's name."""
        return ObjectRef("broker", str(change.broker))

    def parts(self, change: UnregisterBroker) -> frozenset[Part]:
        """Brokers, and all topics because of the replicas on it."""
        return frozenset({Part.BROKERS, Part.TOPICS})

    def state(self, change: UnregisterBroker, cluster: ClusterState) -> State:
        """Return whether the broker is alive, and how many replicas it has; empty if it is not registered."""
        broker = cluster.brokers.get(change.broker)
        if broker is None:
            return {}
        cluster.require_all(Part.TOPICS)
        held = sum(
            change.broker in p.replicas for t in cluster.topics.values() for p in t.partitions
        )
        return {"alive": _alive(broker), "replicas": str(held)}

    def apply(self, change: UnregisterBroker, cluster: ClusterState) -> None:
        """Unregister it."""
        cluster.brokers.pop(change.broker, None)

    def inverse(self, change: UnregisterBroker, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Return that only the broker itself can register again."""
        return "a broker registers itself when it is started"

    def risk(self, change: UnregisterBroker, cluster: ClusterState) -> Risk:
        """Always disruptive: a broker that was meant to come back receives no replicas until it registers again."""
        return Risk.DISRUPTIVE

    def hazard(self, change: UnregisterBroker, cluster: ClusterState) -> Hazard | None:
        """Describe the effect of unregistering."""
        return Hazard("broker_forgotten", "; ".join(self.effects(change, cluster)))

    def effects(self, change: UnregisterBroker, cluster: ClusterState) -> tuple[str, ...]:
        """Describe the effect of unregistering."""
        return (
            f"broker {change.broker} is unregistered: it gets no replicas until it is started again",
        )

    def phase(self, change: UnregisterBroker, cluster: ClusterState) -> int:
        """Return the last phase."""
        return REMOVE

    def impossible(self, change: UnregisterBroker, cluster: ClusterState) -> str:
        """Refuse a broker that is alive or has replicas: the controller itself does not check."""
        state = self.state(change, cluster)
        if state.get("replicas", "0") != "0":
            return Hint(
                f"it has {count(int(state['replicas'] or 0), 'replica')}: drain it first with ",
                steward("reassignment plan", "drain", brokers=change.broker),
            )
        if state.get("alive") == "unknown":
            return "this Kafka version does not report brokers that are down (needs 4.0, KIP-1073)"
        if state.get("alive") == "yes":
            return "it is alive: stop it first, otherwise it registers again"
        return ""

    def command(self, change: UnregisterBroker) -> Command:
        """Return kafka-cluster unregister."""
        return kafka("cluster", "unregister", id=change.broker)


def _alive(broker: Broker) -> str:
    if isinstance(broker.fenced, NotApplicable):
        return "unknown"
    return "no" if broker.fenced else "yes"
