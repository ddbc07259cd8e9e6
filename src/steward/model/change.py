"""Changes: what may be asked of a cluster, one value for each request that changes something, never a secret.

Every change names one object, so that its fate is its own; the executor puts many into one request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, get_args

from steward.model.acl import AclBinding
from steward.model.names import TopicPartition
from steward.model.quota_resolution import Entity

LEFT_OUT_WHERE_EMPTY: Mapping[str, bool] = {"left_out_where_empty": True}
"""Marks a field that came later: plans in which it is empty read, and hash, as before it was there."""


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
class DeleteTopic:
    """Delete the topic with this id (DeleteTopics v6): a namesake that was created since survives.

    ``disuse`` says what confirms that nobody uses it; empty where nothing does.
    """

    request: ClassVar[str] = "DeleteTopics"
    name: str
    topic_id: str
    disuse: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePartitions:
    """Raise a topic's number of partitions to ``partitions``; ``assignment`` places the new ones."""

    request: ClassVar[str] = "CreatePartitions"
    topic: str
    partitions: int
    assignment: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterConfigs:
    """Set and remove single dynamic values of one resource; all other values stay (IncrementalAlterConfigs, KIP-339).

    ``name`` is a topic, group or subscription, or a broker id; for brokers the empty name is the cluster-wide default.
    ``append`` and ``subtract`` put items into a list, and take them out of it, by its key: the controller merges them
    with what others put there, in one go. A list whose last item was taken out stays set, and empty.
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
        """Every key that it touches, sorted."""
        return tuple(sorted({*self.set, *self.remove, *self.append, *self.subtract}))


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRetention:
    """Lower a topic's retention by one of several steps (IncrementalAlterConfigs), and let the brokers delete.

    ``set`` holds retention.ms, retention.bytes or both after this step, ``first`` what they were before the first.
    ``number`` counts from 1 to ``of``. What follows waits up to ``pause_seconds``, until the logs have been cut.
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
        """What it asks of the cluster."""
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
    """Create a SCRAM credential, or give it a new password.

    ``password_from`` says where the executor finds the password, ``env:NAME``, ``file:PATH``, ``command:PROGRAM``
    (words as a shell splits them) or ``prompt``: the password itself is in no plan, journal or log. ``rotate`` is
    true where the credential exists and its password is meant to change; without it a credential that exists with the
    same iterations is left alone.
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
    """Elect one partition's leader: the preferred replica, or with ``unclean`` any that lives, which may lose data."""

    request: ClassVar[str] = "ElectLeaders"
    partition: TopicPartition
    unclean: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignPartition:
    """Give a partition these replicas, the preferred leader first (KIP-455).

    ``changes_factor`` is true where another number of replicas than now is meant (KIP-860).
    """

    request: ClassVar[str] = "AlterPartitionReassignments"
    partition: TopicPartition
    replicas: tuple[int, ...]
    changes_factor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReassignment:
    """Stop a partition's move: it keeps the replicas that it had, in an order that Kafka makes anew."""

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
    """Forget a group's offsets on partitions that it does not read."""

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
    """Make members leave a group of the classic protocol: its other members get their partitions.

    ``members`` are member ids, each with its group.instance.id, empty for a dynamic member.
    """

    request: ClassVar[str] = "LeaveGroup"
    group: str
    members: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRecords:
    """Delete the records of a topic's partitions before an offset of each."""

    request: ClassVar[str] = "DeleteRecords"
    topic: str
    before: Mapping[TopicPartition, int]


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
    """Finalize a feature at a level (KIP-584); a lower one than now is a downgrade."""

    request: ClassVar[str] = "UpdateFeatures"
    name: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnregisterBroker:
    """Make the controller forget a broker that is gone for good: it is no target of replicas any more (KIP-631)."""

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
    | AbortTransaction
    | UpdateFeature
    | UnregisterBroker
)
"""Whatever may be asked of a cluster."""

ChangeKind = type[Change] | ConfigTarget
"""What kind of change; a target of configuration stands for `AlterConfigs` of it."""

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
    "AbortTransaction": AbortTransaction,
    "UpdateFeature": UpdateFeature,
    "UnregisterBroker": UnregisterBroker,
}
"""Types of changes by the names that saved plans carry: a name stays when its class is renamed."""
CHANGE_NAMES: Mapping[type[Change], str] = {cls: name for name, cls in CHANGES.items()}
