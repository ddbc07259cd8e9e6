"""Changes of the set of brokers: one that is gone for good is forgotten."""

from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kind import REMOVE, Hazard, Kind
from steward.model.broker import Broker
from steward.model.change import Change, UnregisterBroker
from steward.model.command import Command, Hint, kafka, steward
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, State
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable


class UnregisterBrokerHandler(Kind[UnregisterBroker]):
    """A registration that the controller keeps of a broker that will not come back."""

    def object(self, change: UnregisterBroker) -> ObjectRef:
        """Name the broker."""
        return ObjectRef("broker", str(change.broker))

    def parts(self, change: UnregisterBroker) -> frozenset[Part]:
        """Brokers, and all topics for the replicas that it holds."""
        return frozenset({Part.BROKERS, Part.TOPICS})

    def state(self, change: UnregisterBroker, cluster: ClusterState) -> State:
        """Return whether it is alive, and how many replicas it holds; nothing where it is not registered."""
        broker = cluster.brokers.get(change.broker)
        if broker is None:
            return {}
        cluster.insist_on_all(Part.TOPICS)
        held = sum(
            change.broker in p.replicas for t in cluster.topics.values() for p in t.partitions
        )
        return {"alive": _alive(broker), "replicas": str(held)}

    def apply(self, change: UnregisterBroker, cluster: ClusterState) -> None:
        """Forget it."""
        cluster.brokers.pop(change.broker, None)

    def inverse(self, change: UnregisterBroker, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Say that the broker itself does it."""
        return "a broker registers itself when it is started"

    def risk(self, change: UnregisterBroker, cluster: ClusterState) -> Risk:
        """Nobody loses anything, but a broker that was meant to come back is no target until it does."""
        return Risk.DISRUPTIVE

    def hazard(self, change: UnregisterBroker, cluster: ClusterState) -> Hazard | None:
        """Say what the controller forgets."""
        return Hazard("broker_forgotten", "; ".join(self.effects(change, cluster)))

    def effects(self, change: UnregisterBroker, cluster: ClusterState) -> tuple[str, ...]:
        """Say what the controller forgets."""
        return (
            f"the controller forgets broker {change.broker}: nothing is placed on it until it is started again",
        )

    def phase(self, change: UnregisterBroker, cluster: ClusterState) -> int:
        """Last."""
        return REMOVE

    def impossible(self, change: UnregisterBroker, cluster: ClusterState) -> str:
        """Refuse a broker that lives or holds replicas: the controller itself would forget it all the same."""
        state = self.state(change, cluster)
        if state.get("replicas", "0") != "0":
            return Hint(
                f"it holds {state['replicas']} replicas: drain it first with ",
                steward("reassignment plan", "drain", brokers=change.broker),
            )
        if state.get("alive") == "unknown":
            return "this version of Kafka does not tell brokers that are down (since 4.0, KIP-1073)"
        if state.get("alive") == "yes":
            return "it is alive: stop it first, or it registers itself again"
        return ""

    def command(self, change: UnregisterBroker) -> Command:
        """Write kafka-cluster unregister."""
        return kafka("cluster", "unregister", id=change.broker)


def _alive(broker: Broker) -> str:
    if isinstance(broker.fenced, NotApplicable):
        return "unknown"
    return "no" if broker.fenced else "yes"
