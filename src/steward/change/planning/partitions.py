"""Changes of partitions: leaders elected, records deleted, hanging transactions ended."""

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
    """A partition that gets its preferred leader, or any."""

    def object(self, change: ElectLeader) -> ObjectRef:
        """Name the partition."""
        return ObjectRef("partition", str(change.partition))

    def parts(self, change: ElectLeader) -> frozenset[Part]:
        """Topics."""
        return frozenset({Part.TOPICS})

    def topics(self, change: ElectLeader) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.partition.topic})

    def state(self, change: ElectLeader, cluster: ClusterState) -> State:
        """Return who leads, or for an unclean election whether anybody does."""
        found = cluster.partition(change.partition)
        if found is None:
            return {}
        if change.unclean:
            return {"leader": "none" if found.leader < 0 else "elected"}
        return {"leader": str(found.leader)}

    def apply(self, change: ElectLeader, cluster: ClusterState) -> None:
        """Let the preferred replica lead."""
        found = cluster.existing_partition(change.partition)
        cluster.put_partition(replace(found, leader=found.replicas[0]))

    def inverse(self, change: ElectLeader, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Say that there is none."""
        return "Kafka elects the preferred replica or one that is left, never another by name"

    def risk(self, change: ElectLeader, cluster: ClusterState) -> Risk:
        """Clients look for the new leader; an unclean one loses what it lacks."""
        return Risk.DESTRUCTIVE if change.unclean else Risk.DISRUPTIVE

    def hazard(self, change: ElectLeader, cluster: ClusterState) -> Hazard | None:
        """None: clients find the preferred leader within moments."""
        return None

    def phase(self, change: ElectLeader, cluster: ClusterState) -> int:
        """In the middle."""
        return MOVE

    def impossible(self, change: ElectLeader, cluster: ClusterState) -> str:
        """Check that the election can happen."""
        found = cluster.partition(change.partition)
        if found is None:
            return "the partition does not exist"
        if not change.unclean and found.replicas[0] not in found.isr:
            return f"its preferred replica, broker {found.replicas[0]}, is not in sync"
        return ""

    def effects(self, change: ElectLeader, cluster: ClusterState) -> tuple[str, ...]:
        """Say what an unclean election costs."""
        if change.unclean:
            return ("records that the new leader had not copied are lost",)
        return ("clients pause for moments, until they know the new leader",)

    def command(self, change: ElectLeader) -> Command:
        """Write kafka-leader-election."""
        kind = "unclean" if change.unclean else "preferred"
        return kafka(
            "leader-election",
            election_type=kind,
            topic=change.partition.topic,
            partition=change.partition.partition,
        )


class DeleteRecordsHandler(Kind[DeleteRecords]):
    """Records that go before their time."""

    def object(self, change: DeleteRecords) -> ObjectRef:
        """Name the topic."""
        return ObjectRef("topic", change.topic)

    def parts(self, change: DeleteRecords) -> frozenset[Part]:
        """Offsets; and the configuration, which has to allow it."""
        return frozenset({Part.TOPICS, Part.OFFSETS, Part.TOPIC_CONFIGS})

    def topics(self, change: DeleteRecords) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.topic})

    def state(self, change: DeleteRecords, cluster: ClusterState) -> State:
        """Return for each partition whether its log starts at the offset or after it."""
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
        """Raise the logs' starts."""
        for partition, offset in change.before.items():
            found = cluster.offsets(partition)
            if found is not None:
                moved = PartitionOffsets(max(found.start, offset), found.end, found.last_stable)
                cluster.set_offsets(partition, moved)

    def inverse(self, change: DeleteRecords, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Say that there is none."""
        return "deleted records are gone"

    def risk(self, change: DeleteRecords, cluster: ClusterState) -> Risk:
        """Data is lost."""
        return Risk.DESTRUCTIVE

    def hazard(self, change: DeleteRecords, cluster: ClusterState) -> Hazard | None:
        """None besides what is lost."""
        return None

    def phase(self, change: DeleteRecords, cluster: ClusterState) -> int:
        """Last."""
        return REMOVE

    def impossible(self, change: DeleteRecords, cluster: ClusterState) -> str:
        """Check that the offsets are the logs', and that the topic deletes at all."""
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
                    f"offset {offset} is not in the log of {partition}, which ends at {found.end}"
                )
        policy = cluster.configs(ConfigTarget.TOPIC, change.topic).get("cleanup.policy")
        if policy is not None and policy.value and "delete" not in policy.value:
            return (
                f"cleanup.policy is {policy.value}: Kafka trims only topics whose policy has delete"
            )
        return ""

    def effects(self, change: DeleteRecords, cluster: ClusterState) -> tuple[str, ...]:
        """Count what goes."""
        count = 0
        for partition, offset in change.before.items():
            found = cluster.offsets(partition)
            count += 0 if found is None else max(0, offset - found.start)
        return (f"up to {records_text(count)} are deleted",)

    def command(self, change: DeleteRecords) -> None:
        """Write nothing: kafka-delete-records takes a file."""
        return


class AbortTransactionHandler(Kind[AbortTransaction]):
    """A hanging transaction that is ended."""

    def object(self, change: AbortTransaction) -> ObjectRef:
        """Name the partition."""
        return ObjectRef("partition", str(change.partition))

    def parts(self, change: AbortTransaction) -> frozenset[Part]:
        """Producers."""
        return frozenset({Part.PRODUCERS})

    def topics(self, change: AbortTransaction) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.partition.topic})

    def state(self, change: AbortTransaction, cluster: ClusterState) -> State:
        """Return whether this producer, at this epoch, has a transaction open here."""
        is_open = any(
            p.producer_id == change.producer_id
            and p.producer_epoch == change.producer_epoch
            and p.current_txn_start_offset >= 0
            for p in cluster.producers(change.partition)
        )
        return {f"transaction of producer {change.producer_id}": "open" if is_open else "none"}

    def apply(self, change: AbortTransaction, cluster: ClusterState) -> None:
        """End it."""
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
        """Say that there is none."""
        return "an aborted transaction stays aborted"

    def risk(self, change: AbortTransaction, cluster: ClusterState) -> Risk:
        """Records of the transaction are never delivered to read_committed consumers."""
        return Risk.DESTRUCTIVE

    def hazard(self, change: AbortTransaction, cluster: ClusterState) -> Hazard | None:
        """None besides records that are never delivered."""
        return None

    def phase(self, change: AbortTransaction, cluster: ClusterState) -> int:
        """In the middle."""
        return MOVE

    def effects(self, change: AbortTransaction, cluster: ClusterState) -> tuple[str, ...]:
        """Say what readers get."""
        return (
            "readers with isolation.level=read_committed go on; they never see this transaction's records",
        )

    def command(self, change: AbortTransaction) -> Command:
        """Write kafka-transactions abort."""
        return kafka(
            "transactions",
            "abort",
            topic=change.partition.topic,
            partition=change.partition.partition,
            producer_id=change.producer_id,
            producer_epoch=change.producer_epoch,
            coordinator_epoch=change.coordinator_epoch,
        )
