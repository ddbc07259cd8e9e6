"""Changes of where replicas are: partitions moved to other brokers, and moves that are stopped."""

from dataclasses import replace

from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kind import MOVE, REVOKE, Hazard, Kind
from steward.model.change import CancelReassignment, Change, ReassignPartition
from steward.model.finding import ObjectRef
from steward.model.names import TopicPartition
from steward.model.plan import Risk, State
from steward.model.replication import original_replicas
from steward.model.snapshot import Part
from steward.model.topic import Partition, Reassignment
from steward.model.wording import bytes_text, count

_PARTS = frozenset({Part.TOPICS, Part.REASSIGNMENTS, Part.BROKERS})


class ReassignPartitionHandler(Kind[ReassignPartition]):
    """A partition that gets other replicas, or the same in another order."""

    def object(self, change: ReassignPartition) -> ObjectRef:
        """Name the partition."""
        return ObjectRef("partition", str(change.partition))

    def parts(self, change: ReassignPartition) -> frozenset[Part]:
        """Topics, what moves already, and which brokers are alive."""
        return _PARTS

    def topics(self, change: ReassignPartition) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.partition.topic})

    def state(self, change: ReassignPartition, cluster: ClusterState) -> State:
        """Return the replicas in their order, and what is added and removed now, such as ``+4 -1``."""
        return placement(change.partition, cluster)

    def apply(self, change: ReassignPartition, cluster: ClusterState) -> None:
        """Let it have arrived: in sync, led by who led it or, where that one is gone, by the preferred replica."""
        found = cluster.existing_partition(change.partition)
        leads = found.leader in change.replicas
        cluster.put_partition(
            replace(
                found,
                replicas=change.replicas,
                adding=(),
                removing=(),
                isr=change.replicas,
                leader=found.leader if leads else change.replicas[0],
                offline_replicas=tuple(b for b in found.offline_replicas if b in change.replicas),
            )
        )

    def inverse(self, change: ReassignPartition, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Move it back: what was copied is copied again."""
        found = cluster.existing_partition(change.partition)
        return (replace(change, replicas=found.replicas),)

    def risk(self, change: ReassignPartition, cluster: ClusterState) -> Risk:
        """Copying takes of the brokers' disks and network, and fewer copies bear less; another order takes nothing."""
        costs = _added(change, cluster) or _copies_lost(change, cluster)
        return Risk.DISRUPTIVE if costs else Risk.SAFE

    def hazard(self, change: ReassignPartition, cluster: ClusterState) -> Hazard | None:
        """Name copies and racks that are given up."""
        told = [*_fewer(change, cluster), *_racks_lost(change, cluster)]
        return Hazard("fewer_replicas", "; ".join(told)) if told else None

    def phase(self, change: ReassignPartition, cluster: ClusterState) -> int:
        """In the middle; fewer replicas come after configurations, for min.insync.replicas has to be low enough."""
        topic, found = (
            cluster.topics.get(change.partition.topic),
            cluster.partition(change.partition),
        )
        created = topic.replication_factor if topic is not None else 0
        now = len(found.replicas) if found is not None else created
        return REVOKE if len(change.replicas) < now else MOVE

    def impossible(self, change: ReassignPartition, cluster: ClusterState) -> str:
        """Check what Kafka itself does not: it takes brokers that are not alive, and then never ends."""
        found = cluster.partition(change.partition)
        if found is None:
            return "the partition does not exist"
        moving = cluster.reassignments.get(change.partition)
        if moving is not None:
            return f"it moves already ({moving_text(moving)}): wait for it, or cancel that first"
        wrong = _wrong_list(change, found)
        if wrong:
            return wrong
        if set(change.replicas) == set(found.replicas):
            return ""
        return _never_in_sync(change, found, cluster)

    def effects(self, change: ReassignPartition, cluster: ClusterState) -> tuple[str, ...]:
        """Say how much is copied, and who leads it afterwards."""
        found = cluster.existing_partition(change.partition)
        told: list[str] = []
        added = _added(change, cluster)
        if added:
            size = cluster.bytes_of_partition(change.partition)
            much = "an unknown number of bytes" if size is None else bytes_text(size * len(added))
            told.append(f"copies {much} to {_brokers(added)}")
        if found.leader >= 0 and found.leader not in change.replicas:
            told.append(f"leadership goes from broker {found.leader} to {change.replicas[0]}")
        return (*told, *_fewer(change, cluster), *_racks_lost(change, cluster))

    def command(self, change: ReassignPartition) -> None:
        """Write nothing: kafka-reassign-partitions takes a file."""
        return


class CancelReassignmentHandler(Kind[CancelReassignment]):
    """A move that is stopped."""

    def object(self, change: CancelReassignment) -> ObjectRef:
        """Name the partition."""
        return ObjectRef("partition", str(change.partition))

    def parts(self, change: CancelReassignment) -> frozenset[Part]:
        """Topics, what moves, and which brokers are alive."""
        return _PARTS

    def topics(self, change: CancelReassignment) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.partition.topic})

    def state(self, change: CancelReassignment, cluster: ClusterState) -> State:
        """Return what is added and removed now."""
        found = placement(change.partition, cluster)
        return {"moving": found["moving"]} if found else {}

    def apply(self, change: CancelReassignment, cluster: ClusterState) -> None:
        """Leave the replicas that it had (PartitionReassignmentReplicas: those that stay first, then by id)."""
        moving = cluster.reassignments.pop(change.partition, None)
        found = cluster.partition(change.partition)
        if moving is None or found is None:
            return
        stay = tuple(b for b in original_replicas(moving) if b not in moving.removing)
        replicas = (*stay, *sorted(moving.removing))
        isr = tuple(b for b in found.isr if b in replicas)
        leader = found.leader if found.leader in isr else next(iter(isr), -1)
        cluster.put_partition(
            replace(found, replicas=replicas, adding=(), removing=(), isr=isr, leader=leader)
        )

    def inverse(
        self, change: CancelReassignment, cluster: ClusterState
    ) -> tuple[Change, ...] | str:
        """Say that there is none."""
        return "a move that was stopped begins anew, by a plan of its own"

    def risk(self, change: CancelReassignment, cluster: ClusterState) -> Risk:
        """What was copied is thrown away, and leadership may go back."""
        return Risk.DISRUPTIVE

    def hazard(self, change: CancelReassignment, cluster: ClusterState) -> Hazard | None:
        """Say what was in vain."""
        return Hazard("move_cancelled", "; ".join(self.effects(change, cluster)))

    def effects(self, change: CancelReassignment, cluster: ClusterState) -> tuple[str, ...]:
        """Say what is thrown away."""
        moving = cluster.reassignments.get(change.partition)
        copied = f" ({moving_text(moving)})" if moving is not None else ""
        return (f"the move{copied} stops: what was copied so far is deleted",)

    def phase(self, change: CancelReassignment, cluster: ClusterState) -> int:
        """In the middle."""
        return MOVE

    def impossible(self, change: CancelReassignment, cluster: ClusterState) -> str:
        """Check that somebody is left to lead it (KAFKA-14424)."""
        moving = cluster.reassignments.get(change.partition)
        found = cluster.partition(change.partition)
        if found is None:
            return "the partition does not exist"
        if moving is not None and not set(found.isr) - set(moving.adding):
            return "none of the replicas that it had is in sync: stopped now, nobody could lead it"
        return ""

    def command(self, change: CancelReassignment) -> None:
        """Write nothing: kafka-reassign-partitions takes a file."""
        return


def placement(partition: TopicPartition, cluster: ClusterState) -> State:
    """Return a partition's replicas in order, ``1,2,3``, and what is added and removed now, ``+4 -1``.

    Errors: Unseen.
    """
    found = cluster.partition(partition)
    if found is None:
        return {}
    moving = cluster.reassignments.get(partition)
    return {
        "replicas": ",".join(map(str, found.replicas)),
        "moving": "" if moving is None else moving_text(moving),
    }


def moving_text(moving: Reassignment) -> str:
    """Write what a move adds and removes, ``+4 -1``."""
    signs = (("+", moving.adding), ("-", moving.removing))
    return " ".join(f"{sign}{','.join(map(str, ids))}" for sign, ids in signs if ids)


def _copies_lost(change: ReassignPartition, cluster: ClusterState) -> int:
    found = cluster.partition(change.partition)
    return max(len(found.replicas) - len(change.replicas), 0) if found is not None else 0


def _fewer(change: ReassignPartition, cluster: ClusterState) -> tuple[str, ...]:
    """Say what fewer copies mean."""
    lost = _copies_lost(change, cluster)
    left = len(change.replicas)
    if not lost:
        return ()
    bears = (
        "the loss of its broker loses the data" if left == 1 else f"{left - 1} brokers may be lost"
    )
    return (f"{left + lost} -> {count(left, 'replica')}: {bears}",)


def _racks_lost(change: ReassignPartition, cluster: ClusterState) -> tuple[str, ...]:
    """Say that all copies come to lie in one rack, where they lay in several."""
    found = cluster.partition(change.partition)
    if found is None or len(change.replicas) < 2:
        return ()
    before, after = (
        {cluster.brokers[b].rack for b in ids if b in cluster.brokers}
        for ids in (found.replicas, change.replicas)
    )
    if len(after) != 1 or len(before) < 2 or None in after:
        return ()
    return (f"all replicas come to lie in rack {next(iter(after))}: its loss takes every copy",)


def _added(change: ReassignPartition, cluster: ClusterState) -> tuple[int, ...]:
    found = cluster.partition(change.partition)
    there = found.replicas if found is not None else ()
    return tuple(b for b in change.replicas if b not in there)


def _brokers(ids: tuple[int, ...]) -> str:
    return f"broker{'s' if len(ids) > 1 else ''} {', '.join(map(str, ids))}"


def _wrong_list(change: ReassignPartition, found: Partition) -> str:
    replicas = change.replicas
    if not replicas:
        return "no replica is named"
    if len(set(replicas)) < len(replicas):
        return f"replicas {','.join(map(str, replicas))} name a broker twice"
    if len(replicas) != len(found.replicas) and not change.changes_factor:
        return (
            f"it has {len(found.replicas)} replicas and would have {len(replicas)}: a move keeps their number; to "
            "change it is an intent of its own"
        )
    return ""


def _never_in_sync(change: ReassignPartition, found: Partition, cluster: ClusterState) -> str:
    """Say why the move would never end: it ends when all of its replicas are in sync."""
    alive = cluster.live_brokers
    known = cluster.known_brokers
    live = f"live brokers are {', '.join(map(str, sorted(alive)))}"
    for broker in change.replicas:
        if broker not in known:
            return f"broker {broker} is not registered; {live}"
        if broker not in alive:
            verb = "stays" if broker in found.replicas else "would become"
            return f"broker {broker} {verb} a replica and is fenced: the move would not end before it is back; {live}"
    if not any(b in alive for b in found.isr):
        gone = _brokers(found.replicas)
        return f"no replica in sync is alive to copy from: bring {gone} back first"
    return ""
