"""Changes: one value per request that changes a cluster. They never hold secrets.

Each change names one object and has its own result; the executor sends many in one request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, get_args

from steward.model.acl import AclBinding
from steward.model.names import TopicPartition
from steward.model.quota_resolution import Entity

LEFT_OUT_WHERE_EMPTY: Mapping[str, bool] = {"left_out_where_empty": True}
"""Marks a field added later: while it is empty, plans read and hash as they did without it."""


class ConfigTarget(StrEnum):
    """What can be configured dynamically, as kafka-configs names it."""

    TOPIC = "topic"
    BROKER = "broker"
    BROKER_LOGGER = "broker-logger"
    GROUP = "group"
    CLIENT_METRICS = "client-metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTopic:
    """Create a topic.

    ``assignment`` holds the replicas of each partition, first the preferred leader; empty lets the controller place
    them. ``configs`` are values as Kafka spells them.
    """

    request: ClassVar[str] = "CreateTopics"
    name: str
    partitions: int
    replication_factor: int
    configs: Mapping[str, str] = field(default_factory=dict[str, str])
    assignment: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicBackup:
    """A verified backup of a topic, and the state of the topic that it holds.

    ``manifest`` is the SHA-256 of its newest manifest; ``end_offsets`` are the high watermarks of the partitions, by
    number.
    """

    location: str
    manifest: str
    end_offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteTopic:
    """Delete the topic with this id (DeleteTopics v6). A new topic of the same name is not deleted.

    ``disuse`` is the evidence that the topic is unused; empty where there is none. ``backup`` holds all its records;
    None where no backup was verified. A record written since then makes the deletion stale.
    """

    request: ClassVar[str] = "DeleteTopics"
    name: str
    topic_id: str
    disuse: str = ""
    backup: TopicBackup | None = field(default=None, metadata=LEFT_OUT_WHERE_EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePartitions:
    """Raise a topic's partition count to ``partitions``; ``assignment`` places the new partitions."""

    request: ClassVar[str] = "CreatePartitions"
    topic: str
    partitions: int
    assignment: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterConfigs:
    """Set and remove single dynamic values of one resource; all other values stay (IncrementalAlterConfigs, KIP-339).

    ``name`` is a topic, group, subscription or broker id; for brokers the empty name is the cluster-wide default.
    ``append`` and ``subtract`` add items to a list and remove them, by key: the controller merges them atomically with
    the items others have set. A list whose last item is removed stays set, and empty.
    """

    request: ClassVar[str] = "IncrementalAlterConfigs"
    target: ConfigTarget
    name: str
    set: Mapping[str, str] = field(default_factory=dict[str, str])
    remove: tuple[str, ...] = ()
    append: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]], metadata=LEFT_OUT_WHERE_EMPTY
    )
    subtract: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]], metadata=LEFT_OUT_WHERE_EMPTY
    )

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that it changes, sorted."""
        return tuple(sorted({*self.set, *self.remove, *self.append, *self.subtract}))


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRetention:
    """Lower a topic's retention by one of several steps (IncrementalAlterConfigs); the brokers then delete.

    ``set`` holds retention.ms, retention.bytes or both after this step; ``first`` holds them before the first step.
    ``number`` counts from 1 to ``of``. The next step waits up to ``pause_seconds`` for the logs to be truncated.
    """

    request: ClassVar[str] = "IncrementalAlterConfigs"
    topic: str
    set: Mapping[str, str]
    first: Mapping[str, str]
    number: int
    of: int
    pause_seconds: float

    @property
    def alteration(self) -> AlterConfigs:
        """The configuration change that it sends."""
        return AlterConfigs(target=ConfigTarget.TOPIC, name=self.topic, set=self.set)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAcl:
    """Add one ACL binding."""

    request: ClassVar[str] = "CreateAcls"
    acl: AclBinding


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAcl:
    """Remove exactly one ACL binding."""

    request: ClassVar[str] = "DeleteAcls"
    acl: AclBinding


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterQuota:
    """Set and remove limits of one entity, sorted pairs as in `QuotaEntry`; its other limits stay."""

    request: ClassVar[str] = "AlterClientQuotas"
    entity: Entity
    set: Mapping[str, float] = field(default_factory=dict[str, float])
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsertScram:
    """Create a SCRAM credential, or change its password.

    ``password_from`` is where the executor reads the password: ``env:NAME``, ``file:PATH``, ``command:PROGRAM``
    (split as a shell does) or ``prompt``. The password itself is in no plan, journal or log. ``rotate`` changes the
    password of an existing credential; without it, a credential that exists with the same iterations is unchanged.
    """

    request: ClassVar[str] = "AlterUserScramCredentials"
    user: str
    mechanism: str
    iterations: int
    password_from: str
    rotate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteScram:
    """Remove one SCRAM credential: the user can no longer log in with this mechanism."""

    request: ClassVar[str] = "AlterUserScramCredentials"
    user: str
    mechanism: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectLeader:
    """Elect one partition's leader: the preferred replica, or any live one with ``unclean``, which may lose data."""

    request: ClassVar[str] = "ElectLeaders"
    partition: TopicPartition
    unclean: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignPartition:
    """Assign a partition to these replicas, the preferred leader first (KIP-455).

    ``changes_factor`` is true where the replication factor is meant to change (KIP-860).
    """

    request: ClassVar[str] = "AlterPartitionReassignments"
    partition: TopicPartition
    replicas: tuple[int, ...]
    changes_factor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReassignment:
    """Cancel a partition's reassignment: it keeps its original replicas, in an order that Kafka chooses."""

    request: ClassVar[str] = "AlterPartitionReassignments"
    partition: TopicPartition


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterGroupOffsets:
    """Commit offsets for a group that has no members (OffsetCommit without a generation)."""

    request: ClassVar[str] = "OffsetCommit"
    group: str
    offsets: Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteGroupOffsets:
    """Delete a group's offsets on partitions that its members do not read."""

    request: ClassVar[str] = "OffsetDelete"
    group: str
    partitions: tuple[TopicPartition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteGroup:
    """Delete a group that has no members, with all its offsets."""

    request: ClassVar[str] = "DeleteGroups"
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMembers:
    """Remove members from a group of the classic protocol: the other members take over their partitions.

    ``members`` are member ids, each with its group.instance.id, empty for a dynamic member.
    """

    request: ClassVar[str] = "LeaveGroup"
    group: str
    members: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRecords:
    """Delete the records of a topic's partitions before a given offset of each."""

    request: ClassVar[str] = "DeleteRecords"
    topic: str
    before: Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRecords:
    """Write the committed records of a backup into an empty topic with as many partitions.

    ``location`` is where backups are; ``lineage`` the folder of the backup in it; ``run`` its last run, whose manifest
    has the SHA-256 ``manifest``. ``codec`` compresses all batches again; empty keeps each batch's own compression.
    """

    request: ClassVar[str] = "Produce"
    topic: str
    location: str
    lineage: str
    run: str
    manifest: str
    codec: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortTransaction:
    """End a hanging transaction on one partition with an abort marker (KIP-664)."""

    request: ClassVar[str] = "WriteTxnMarkers"
    partition: TopicPartition
    producer_id: int
    producer_epoch: int
    coordinator_epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateFeature:
    """Finalize a feature at a level (KIP-584); a level below the current one is a downgrade."""

    request: ClassVar[str] = "UpdateFeatures"
    name: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnregisterBroker:
    """Unregister a broker that is permanently gone: the controller no longer places replicas on it (KIP-631)."""

    request: ClassVar[str] = "UnregisterBroker"
    broker: int


Change = (
    CreateTopic
    | DeleteTopic
    | CreatePartitions
    | AlterConfigs
    | CutRetention
    | CreateAcl
    | DeleteAcl
    | AlterQuota
    | UpsertScram
    | DeleteScram
    | ElectLeader
    | ReassignPartition
    | CancelReassignment
    | AlterGroupOffsets
    | DeleteGroupOffsets
    | DeleteGroup
    | RemoveMembers
    | DeleteRecords
    | RestoreRecords
    | AbortTransaction
    | UpdateFeature
    | UnregisterBroker
)
"""Every type of change."""

ChangeKind = type[Change] | ConfigTarget
"""The kind of a change; `AlterConfigs` has one kind for each target of configuration."""

CHANGE_KINDS: tuple[ChangeKind, ...] = (
    *(kind for kind in get_args(Change) if kind is not AlterConfigs),
    *ConfigTarget,
)
"""Every kind of change."""


def kind_of_change(change: Change) -> ChangeKind:
    """Return a change's kind."""
    return change.target if isinstance(change, AlterConfigs) else type(change)


CHANGES: Mapping[str, type[Change]] = {
    "CreateTopic": CreateTopic,
    "DeleteTopic": DeleteTopic,
    "CreatePartitions": CreatePartitions,
    "AlterConfigs": AlterConfigs,
    "CutRetention": CutRetention,
    "CreateAcl": CreateAcl,
    "DeleteAcl": DeleteAcl,
    "AlterQuota": AlterQuota,
    "UpsertScram": UpsertScram,
    "DeleteScram": DeleteScram,
    "ElectLeader": ElectLeader,
    "ReassignPartition": ReassignPartition,
    "CancelReassignment": CancelReassignment,
    "AlterGroupOffsets": AlterGroupOffsets,
    "DeleteGroupOffsets": DeleteGroupOffsets,
    "DeleteGroup": DeleteGroup,
    "RemoveMembers": RemoveMembers,
    "DeleteRecords": DeleteRecords,
    "RestoreRecords": RestoreRecords,
    "AbortTransaction": AbortTransaction,
    "UpdateFeature": UpdateFeature,
    "UnregisterBroker": UnregisterBroker,
}
"""Types of changes by their names in saved plans: a name stays when its class is renamed."""
CHANGE_NAMES: Mapping[type[Change], str] = {cls: name for name, cls in CHANGES.items()}
