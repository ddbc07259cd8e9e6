"""Changes of partitions: elect leaders, delete records, abort hanging transactions."""

from dataclasses import replace

from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kind import MOVE, REMOVE, Hazard, Kind
from steward.change.planning.quantities import records_text
from steward.model.change import (
    AbortTransaction,
    Change,
    ConfigTarget,
    DeleteRecords,
    ElectLeader,
)
from steward.model.command import Command, kafka
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, State
from steward.model.snapshot import Part
from steward.model.topic import PartitionOffsets


class ElectLeaderHandler(Kind[ElectLeader]):
    """Elect a partition's preferred leader, or any replica."""

    def object(self, change: ElectLeader) -> ObjectRef:
        """Return the partition's name."""
        return ObjectRef("partition", str(change.partition))

    def parts(self, change: ElectLeader) -> frozenset[Part]:
        """Topics."""
        return frozenset({Part.TOPICS})

    def topics(self, change: ElectLeader) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.partition.topic})

    def state(self, change: ElectLeader, cluster: ClusterState) -> State:
        """Return the leader; for an unclean election, whether there is one."""
        found = cluster.partition(change.partition)
        if found is None:
            return {}
        if change.unclean:
            return {"leader": "none" if found.leader < 0 else "elected"}
        return {"leader": str(found.leader)}

    def apply(self, change: ElectLeader, cluster: ClusterState) -> None:
        """Make the preferred replica the leader."""
        found = cluster.existing_partition(change.partition)
        cluster.put_partition(replace(found, leader=found.replicas[0]))

    def inverse(self, change: ElectLeader, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Return that there is no undo."""
        return "Kafka elects the preferred or a remaining replica, never another by id"

    def risk(self, change: ElectLeader, cluster: ClusterState) -> Risk:
        """Disruptive: clients look up the new leader. Destructive if unclean: records the new leader lacks are lost."""
        return Risk.DESTRUCTIVE if change.unclean else Risk.DISRUPTIVE

    def hazard(self, change: ElectLeader, cluster: ClusterState) -> Hazard | None:
        """Return none: clients find the preferred leader within moments."""
        return None

    def phase(self, change: ElectLeader, cluster: ClusterState) -> int:
        """Return the middle phase."""
        return MOVE

    def impossible(self, change: ElectLeader, cluster: ClusterState) -> str:
        """Check that the election is possible."""
        found = cluster.partition(change.partition)
        if found is None:
            return "the partition does not exist"
        if not change.unclean and found.replicas[0] not in found.isr:
            return f"its preferred replica, broker {found.replicas[0]}, is not in sync"
        return ""

    def effects(self, change: ElectLeader, cluster: ClusterState) -> tuple[str, ...]:
        """Describe the cost of the election."""
        if change.unclean:
            return ("records that the new leader had not copied are lost",)
        return ("clients pause briefly until they learn of the new leader",)

    def command(self, change: ElectLeader) -> Command:
        """Return kafka-leader-election."""
        kind = "unclean" if change.unclean else "preferred"
        return kafka(
            "leader-election",
            election_type=kind,
            topic=change.partition.topic,
            partition=change.partition.partition,
        )


class DeleteRecordsHandler(Kind[DeleteRecords]):
    """Delete records before their retention ends."""

    def object(self, change: DeleteRecords) -> ObjectRef:
        """Return the topic's name."""
        return ObjectRef("topic", change.topic)

    def parts(self, change: DeleteRecords) -> frozenset[Part]:
        """Offsets, and the configuration, which must allow it."""
        return frozenset({Part.TOPICS, Part.OFFSETS, Part.TOPIC_CONFIGS})

    def topics(self, change: DeleteRecords) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.topic})

    def state(self, change: DeleteRecords, cluster: ClusterState) -> State:
        """Return for each partition whether its log starts at or after the offset."""
        if change.topic not in cluster.topics:
            return {}
        state: dict[str, str | None] = {}
        for partition, offset in sorted(change.before.items()):
            found = cluster.offsets(partition)
            state[f"{partition} log start"] = (
                None if found is None else str(min(found.start, offset))
            )
        return state

    def apply(self, change: DeleteRecords, cluster: ClusterState) -> None:
        """Raise the log start offsets."""
        for partition, offset in change.before.items():
            found = cluster.offsets(partition)
            if found is not None:
                moved = PartitionOffsets(max(found.start, offset), found.end, found.last_stable)
                cluster.set_offsets(partition, moved)

    def inverse(self, change: DeleteRecords, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Return that there is no undo."""
        return "deleted records cannot be restored"

    def risk(self, change: DeleteRecords, cluster: ClusterState) -> Risk:
        """Always destructive: data is lost."""
        return Risk.DESTRUCTIVE

    def hazard(self, change: DeleteRecords, cluster: ClusterState) -> Hazard | None:
        """Return none: the risk already covers lost data."""
        return None

    def phase(self, change: DeleteRecords, cluster: ClusterState) -> int:
        """Return the last phase."""
        return REMOVE

    def impossible(self, change: DeleteRecords, cluster: ClusterState) -> str:
        """Check that the offsets are in the logs, and that the topic's policy includes delete."""
        if not change.before:
            return "no partition is named"
        if change.topic not in cluster.topics:
            return "the topic does not exist"
        for partition, offset in sorted(change.before.items()):
            found = cluster.offsets(partition)
            if found is None:
                return f"partition {partition} does not exist"
            if not 0 <= offset <= found.end:
                return (
                    f"offset {offset} is beyond the log of {partition}, which ends at {found.end}"
                )
        policy = cluster.configs(ConfigTarget.TOPIC, change.topic).get("cleanup.policy")
        if policy is not None and policy.value and "delete" not in policy.value:
            return f"cleanup.policy is {policy.value}: Kafka deletes records only where the policy includes delete"
        return ""

    def effects(self, change: DeleteRecords, cluster: ClusterState) -> tuple[str, ...]:
        """Count the deleted records."""
        count = 0
        for partition, offset in change.before.items():
            found = cluster.offsets(partition)
            count += 0 if found is None else max(0, offset - found.start)
        return (f"deletes up to {records_text(count)}",)

    def command(self, change: DeleteRecords) -> None:
        """Return None: kafka-delete-records takes a file."""
        return


class AbortTransactionHandler(Kind[AbortTransaction]):
    """Abort a hanging transaction."""

    def object(self, change: AbortTransaction) -> ObjectRef:
        """Return the partition's name."""
        return ObjectRef("partition", str(change.partition))

    def parts(self, change: AbortTransaction) -> frozenset[Part]:
        """Producers."""
        return frozenset({Part.PRODUCERS})

    def topics(self, change: AbortTransaction) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.partition.topic})

    def state(self, change: AbortTransaction, cluster: ClusterState) -> State:
        """Return whether this producer, at this epoch, has an open transaction here."""
        is_open = any(
            p.producer_id == change.producer_id
            and p.producer_epoch == change.producer_epoch
            and p.current_txn_start_offset >= 0
            for p in cluster.producers(change.partition)
        )
        return {f"transaction of producer {change.producer_id}": "open" if is_open else "none"}

    def apply(self, change: AbortTransaction, cluster: ClusterState) -> None:
        """Abort it."""
        cluster.set_producers(
            change.partition,
            tuple(
                replace(p, current_txn_start_offset=-1)
                if (p.producer_id, p.producer_epoch) == (change.producer_id, change.producer_epoch)
                else p
                for p in cluster.producers(change.partition)
            ),
        )

    def inverse(self, change: AbortTransaction, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Return that there is no undo."""
        return "an aborted transaction cannot be restored"

    def risk(self, change: AbortTransaction, cluster: ClusterState) -> Risk:
        """Always destructive: read_committed consumers never receive the transaction's records."""
        return Risk.DESTRUCTIVE

    def hazard(self, change: AbortTransaction, cluster: ClusterState) -> Hazard | None:
        """Return none: the risk already covers records that are never delivered."""
        return None

    def phase(self, change: AbortTransaction, cluster: ClusterState) -> int:
        """Return the middle phase."""
        return MOVE

    def effects(self, change: AbortTransaction, cluster: ClusterState) -> tuple[str, ...]:
        """Describe the effect on readers."""
        return (
            "readers with isolation.level=read_committed continue; they never receive this transaction's records",
        )

    def command(self, change: AbortTransaction) -> Command:
        """Return kafka-transactions abort."""
        return kafka(
            "transactions",
            "abort",
            topic=change.partition.topic,
            partition=change.partition.partition,
            producer_id=change.producer_id,
            producer_epoch=change.producer_epoch,
            coordinator_epoch=change.coordinator_epoch,
        )
