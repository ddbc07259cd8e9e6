"""Every kind of change, in one table."""

from collections.abc import Iterable, Mapping
from typing import Any

from steward.change.planning.acls import CreateAclHandler, DeleteAclHandler
from steward.change.planning.brokers import UnregisterBrokerHandler
from steward.change.planning.configs import AlterConfigsHandler
from steward.change.planning.features import UpdateFeatureHandler
from steward.change.planning.groups import (
    AlterGroupOffsetsHandler,
    DeleteGroupHandler,
    DeleteGroupOffsetsHandler,
)
from steward.change.planning.kind import Kind
from steward.change.planning.members import RemoveMembersHandler
from steward.change.planning.moves import CancelReassignmentHandler, ReassignPartitionHandler
from steward.change.planning.partitions import (
    AbortTransactionHandler,
    DeleteRecordsHandler,
    ElectLeaderHandler,
)
from steward.change.planning.quotas import AlterQuotaHandler
from steward.change.planning.restored_records import RestoreRecordsHandler
from steward.change.planning.retention import CutRetentionHandler
from steward.change.planning.topics import (
    CreatePartitionsHandler,
    CreateTopicHandler,
    DeleteTopicHandler,
)
from steward.change.planning.users import DeleteScramHandler, UpsertScramHandler
from steward.model.change import (
    AbortTransaction,
    AlterConfigs,
    AlterGroupOffsets,
    AlterQuota,
    CancelReassignment,
    Change,
    CreateAcl,
    CreatePartitions,
    CreateTopic,
    CutRetention,
    DeleteAcl,
    DeleteGroup,
    DeleteGroupOffsets,
    DeleteRecords,
    DeleteScram,
    DeleteTopic,
    ElectLeader,
    ReassignPartition,
    RemoveMembers,
    RestoreRecords,
    UnregisterBroker,
    UpdateFeature,
    UpsertScram,
)
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, State, Step
from steward.model.snapshot import Part

KINDS: Mapping[type[Change], Kind[Any]] = {
    CreateTopic: CreateTopicHandler(),
    DeleteTopic: DeleteTopicHandler(),
    CreatePartitions: CreatePartitionsHandler(),
    AlterConfigs: AlterConfigsHandler(),
    CutRetention: CutRetentionHandler(),
    CreateAcl: CreateAclHandler(),
    DeleteAcl: DeleteAclHandler(),
    AlterQuota: AlterQuotaHandler(),
    UpsertScram: UpsertScramHandler(),
    DeleteScram: DeleteScramHandler(),
    ElectLeader: ElectLeaderHandler(),
    ReassignPartition: ReassignPartitionHandler(),
    CancelReassignment: CancelReassignmentHandler(),
    AlterGroupOffsets: AlterGroupOffsetsHandler(),
    DeleteGroupOffsets: DeleteGroupOffsetsHandler(),
    DeleteGroup: DeleteGroupHandler(),
    RemoveMembers: RemoveMembersHandler(),
    DeleteRecords: DeleteRecordsHandler(),
    RestoreRecords: RestoreRecordsHandler(),
    AbortTransaction: AbortTransactionHandler(),
    UpdateFeature: UpdateFeatureHandler(),
    UnregisterBroker: UnregisterBrokerHandler(),
}
"""Planning's knowledge of each kind of change."""


def kind_of(change: Change) -> Kind[Any]:
    """Return planning's knowledge of a change."""
    return KINDS[type(change)]


def object_of(change: Change) -> ObjectRef:
    """Return the name of a change's object, from the change itself, never from a plan's text."""
    return kind_of(change).object(change)


def command_of(change: Change) -> str:
    """Return a change as a command of Apache Kafka's tools; empty where they have none."""
    return str(kind_of(change).command(change) or "")


def is_harmless_alone(step: Step) -> bool:
    """Return whether a step is harmless even if earlier steps did not succeed.

    Removing access is never harmless: an earlier step may have been meant to grant it elsewhere.
    """
    return step.risk is Risk.SAFE


def parts_of(changes: Iterable[Change]) -> frozenset[Part]:
    """Return the snapshot parts that changes rely on."""
    return frozenset(part for change in changes for part in kind_of(change).parts(change))


def agrees(found: State, expected: State) -> bool:
    """Return whether the observed state is the expected one.

    Facts without an expectation, such as a new topic's id, are ignored. An absent object matches only an absent one.
    """
    if not expected or not found:
        return not expected and not found
    return all(key in found and found[key] == value for key, value in expected.items())
