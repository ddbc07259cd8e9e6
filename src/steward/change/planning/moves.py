"""Changes of replica placement: move partitions to other brokers, and cancel moves."""

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
from steward.model.wording import count
from steward.model.wording import size as size_text

_PARTS = frozenset({Part.TOPICS, Part.REASSIGNMENTS, Part.BROKERS})


class ReassignPartitionHandler(Kind[ReassignPartition]):
    """Give a partition other replicas, or the same in another order."""

    def object(self, change: ReassignPartition) -> ObjectRef:
        """Return the partition's name."""
        return ObjectRef("partition", str(change.partition))

    def parts(self, change: ReassignPartition) -> frozenset[Part]:
        """Topics, ongoing reassignments, and live brokers."""
        return _PARTS

    def topics(self, change: ReassignPartition) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.partition.topic})

    def state(self, change: ReassignPartition, cluster: ClusterState) -> State:
        """Return the ordered replicas, and those being added and removed, such as ``+4 -1``."""
        return placement(change.partition, cluster)

    def apply(self, change: ReassignPartition, cluster: ClusterState) -> None:
        """Apply the finished move: all in sync, same leader, or the preferred replica if the leader was removed."""
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
        """Move it back; data already copied is copied again."""
        found = cluster.existing_partition(change.partition)
        return (replace(change, replicas=found.replicas),)

    def risk(self, change: ReassignPartition, cluster: ClusterState) -> Risk:
        """Disruptive if data is copied or a replica is removed; safe if only the order changes."""
        costs = _added(change, cluster) or _copies_lost(change, cluster)
        return Risk.DISRUPTIVE if costs else Risk.SAFE

    def hazard(self, change: ReassignPartition, cluster: ClusterState) -> Hazard | None:
        """Return lost replicas and racks as the hazard."""
        texts = [*_fewer(change, cluster), *_racks_lost(change, cluster)]
        return Hazard("fewer_replicas", "; ".join(texts)) if texts else None

    def phase(self, change: ReassignPartition, cluster: ClusterState) -> int:
        """Return the middle phase; removing replicas comes after configurations, as min.insync.replicas falls first."""
        topic, found = (
            cluster.topics.get(change.partition.topic),
            cluster.partition(change.partition),
        )
        created = topic.replication_factor if topic is not None else 0
        now = len(found.replicas) if found is not None else created
        return REVOKE if len(change.replicas) < now else MOVE

    def impossible(self, change: ReassignPartition, cluster: ClusterState) -> str:
        """Check that target brokers are alive: Kafka accepts others, and the move would never end."""
        found = cluster.partition(change.partition)
        if found is None:
            return "the partition does not exist"
        moving = cluster.reassignments.get(change.partition)
        if moving is not None:
            return f"it is already being reassigned ({moving_text(moving)}): wait for that, or cancel it first"
        wrong = _wrong_list(change, found)
        if wrong:
            return wrong
        if set(change.replicas) == set(found.replicas):
            return ""
        return _never_in_sync(change, found, cluster)

    def effects(self, change: ReassignPartition, cluster: ClusterState) -> tuple[str, ...]:
        """Describe how much is copied, and the leader afterwards."""
        found = cluster.existing_partition(change.partition)
        texts: list[str] = []
        added = _added(change, cluster)
        if added:
            size = cluster.bytes_of_partition(change.partition)
            much = "an unknown number of bytes" if size is None else size_text(size * len(added))
            texts.append(f"copies {much} to {_brokers(added)}")
        if found.leader >= 0 and found.leader not in change.replicas:
            texts.append(f"leadership moves from broker {found.leader} to {change.replicas[0]}")
        return (*texts, *_fewer(change, cluster), *_racks_lost(change, cluster))

    def command(self, change: ReassignPartition) -> None:
        """Return None: kafka-reassign-partitions takes a file."""
        return


class CancelReassignmentHandler(Kind[CancelReassignment]):
    """Cancel an ongoing move."""

    def object(self, change: CancelReassignment) -> ObjectRef:
        """Return the partition's name."""
        return ObjectRef("partition", str(change.partition))

    def parts(self, change: CancelReassignment) -> frozenset[Part]:
        """Topics, ongoing reassignments, and live brokers."""
        return _PARTS

    def topics(self, change: CancelReassignment) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.partition.topic})

    def state(self, change: CancelReassignment, cluster: ClusterState) -> State:
        """Return the replicas being added and removed."""
        found = placement(change.partition, cluster)
        return {"moving": found["moving"]} if found else {}

    def apply(self, change: CancelReassignment, cluster: ClusterState) -> None:
        """Restore the original replicas (PartitionReassignmentReplicas: those that stay first, then by id)."""
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
        """Return that there is no undo."""
        return "start a cancelled move again with a new plan"

    def risk(self, change: CancelReassignment, cluster: ClusterState) -> Risk:
        """Always disruptive: copied data is deleted, and leadership may move back."""
        return Risk.DISRUPTIVE

    def hazard(self, change: CancelReassignment, cluster: ClusterState) -> Hazard | None:
        """Return the deleted copies as the hazard."""
        return Hazard("move_cancelled", "; ".join(self.effects(change, cluster)))

    def effects(self, change: CancelReassignment, cluster: ClusterState) -> tuple[str, ...]:
        """Describe what is deleted."""
        moving = cluster.reassignments.get(change.partition)
        copied = f" ({moving_text(moving)})" if moving is not None else ""
        return (f"the move{copied} stops: data copied so far is deleted",)

    def phase(self, change: CancelReassignment, cluster: ClusterState) -> int:
        """Return the middle phase."""
        return MOVE

    def impossible(self, change: CancelReassignment, cluster: ClusterState) -> str:
        """Check that a leader remains (KAFKA-14424)."""
        moving = cluster.reassignments.get(change.partition)
        found = cluster.partition(change.partition)
        if found is None:
            return "the partition does not exist"
        if moving is not None and not set(found.isr) - set(moving.adding):
            return "none of its original replicas is in sync: cancelling now would leave it without a leader"
        return ""

    def command(self, change: CancelReassignment) -> None:
        """Return None: kafka-reassign-partitions takes a file."""
        return


def placement(partition: TopicPartition, cluster: ClusterState) -> State:
    """Return a partition's ordered replicas, ``1,2,3``, and those being added and removed, ``+4 -1``.

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
    """Format the replicas that a move adds and removes, ``+4 -1``."""
    signs = (("+", moving.adding), ("-", moving.removing))
    return " ".join(f"{sign}{','.join(map(str, ids))}" for sign, ids in signs if ids)


def _copies_lost(change: ReassignPartition, cluster: ClusterState) -> int:
    found = cluster.partition(change.partition)
    return max(len(found.replicas) - len(change.replicas), 0) if found is not None else 0


def _fewer(change: ReassignPartition, cluster: ClusterState) -> tuple[str, ...]:
    """Describe the effect of fewer replicas."""
    lost = _copies_lost(change, cluster)
    left = len(change.replicas)
    if not lost:
        return ()
    bears = (
        "losing its broker loses the data"
        if left == 1
        else f"tolerates {count(left - 1, 'broker failure')}"
    )
    return (f"{left + lost} -> {count(left, 'replica')}: {bears}",)


def _racks_lost(change: ReassignPartition, cluster: ClusterState) -> tuple[str, ...]:
    """Report that all replicas end up in one rack, if they were in several."""
    found = cluster.partition(change.partition)
    if found is None or len(change.replicas) < 2:
        return ()
    before, after = (
        {cluster.brokers[b].rack for b in ids if b in cluster.brokers}
        for ids in (found.replicas, change.replicas)
    )
    if len(after) != 1 or len(before) < 2 or None in after:
        return ()
    return (f"all replicas would be in rack {next(iter(after))}: losing it loses every copy",)


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
            f"it has {len(found.replicas)} replicas, {len(replicas)} requested: a move cannot change their number; use "
            "an intent to change it"
        )
    return ""


def _never_in_sync(change: ReassignPartition, found: Partition, cluster: ClusterState) -> str:
    """Return why the move would never end: all its replicas must get in sync."""
    alive = cluster.live_brokers
    known = cluster.known_brokers
    live = f"live brokers are {', '.join(map(str, sorted(alive)))}"
    for broker in change.replicas:
        if broker not in known:
            return f"broker {broker} is not registered; {live}"
        if broker not in alive:
            verb = "stays" if broker in found.replicas else "would become"
            return f"broker {broker} {verb} a replica and is fenced: the move cannot end until it is back; {live}"
    if not any(b in alive for b in found.isr):
        gone = _brokers(found.replicas)
        return f"no in-sync replica is alive to copy from: restart {gone} first"
    return ""
