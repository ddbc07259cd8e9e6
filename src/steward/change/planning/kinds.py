"""Every kind of change, in one table."""

from collections.abc import Iterable, Mapping
from typing import Any

from steward.change.planning.acls import OnCreateAcl, OnDeleteAcl
from steward.change.planning.brokers import OnUnregisterBroker
from steward.change.planning.configs import OnAlterConfigs
from steward.change.planning.features import OnUpdateFeature
from steward.change.planning.groups import OnAlterGroupOffsets, OnDeleteGroup, OnDeleteGroupOffsets
from steward.change.planning.kind import Kind
from steward.change.planning.members import OnRemoveMembers
from steward.change.planning.moves import OnCancelReassignment, OnReassignPartition
from steward.change.planning.partitions import OnAbortTransaction, OnDeleteRecords, OnElectLeader
from steward.change.planning.quotas import OnAlterQuota
from steward.change.planning.retention import OnCutRetention
from steward.change.planning.topics import OnCreatePartitions, OnCreateTopic, OnDeleteTopic
from steward.change.planning.users import OnDeleteScram, OnUpsertScram
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
    UnregisterBroker,
    UpdateFeature,
    UpsertScram,
)
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, State, Step
from steward.model.snapshot import Part

_TABLE: tuple[tuple[str, type[Change], Kind[Any]], ...] = (
    ("CreateTopic", CreateTopic, OnCreateTopic()),
    ("DeleteTopic", DeleteTopic, OnDeleteTopic()),
    ("CreatePartitions", CreatePartitions, OnCreatePartitions()),
    ("AlterConfigs", AlterConfigs, OnAlterConfigs()),
    ("CutRetention", CutRetention, OnCutRetention()),
    ("CreateAcl", CreateAcl, OnCreateAcl()),
    ("DeleteAcl", DeleteAcl, OnDeleteAcl()),
    ("AlterQuota", AlterQuota, OnAlterQuota()),
    ("UpsertScram", UpsertScram, OnUpsertScram()),
    ("DeleteScram", DeleteScram, OnDeleteScram()),
    ("ElectLeader", ElectLeader, OnElectLeader()),
    ("ReassignPartition", ReassignPartition, OnReassignPartition()),
    ("CancelReassignment", CancelReassignment, OnCancelReassignment()),
    ("AlterGroupOffsets", AlterGroupOffsets, OnAlterGroupOffsets()),
    ("DeleteGroupOffsets", DeleteGroupOffsets, OnDeleteGroupOffsets()),
    ("DeleteGroup", DeleteGroup, OnDeleteGroup()),
    ("RemoveMembers", RemoveMembers, OnRemoveMembers()),
    ("DeleteRecords", DeleteRecords, OnDeleteRecords()),
    ("AbortTransaction", AbortTransaction, OnAbortTransaction()),
    ("UpdateFeature", UpdateFeature, OnUpdateFeature()),
    ("UnregisterBroker", UnregisterBroker, OnUnregisterBroker()),
)
"""Every kind of change: its name in plans as they are kept, its type, and what planning knows of it."""
KINDS: Mapping[type[Change], Kind[Any]] = {cls: kind for _, cls, kind in _TABLE}
CHANGES: Mapping[str, type[Change]] = {name: cls for name, cls, _ in _TABLE}
"""Types of changes by their names in plans."""
NAMES: Mapping[type[Change], str] = {cls: name for name, cls, _ in _TABLE}


def kind_of(change: Change) -> Kind[Any]:
    """Return what planning knows of a change."""
    return KINDS[type(change)]


def object_of(change: Change) -> ObjectRef:
    """Name what a change changes; what a plan states of that is not asked."""
    return kind_of(change).object(change)


def stands_alone(step: Step) -> bool:
    """Tell whether a step harms nobody even where steps before it did not succeed.

    Shape: what takes access away is never safe, since a step before it may have been to grant it elsewhere.
    """
    return step.risk is Risk.SAFE


def parts_of(changes: Iterable[Change]) -> frozenset[Part]:
    """List the parts of a snapshot that changes rely on."""
    return frozenset(part for change in changes for part in kind_of(change).parts(change))


def agrees(found: State, expected: State) -> bool:
    """Tell whether what was found is what is expected.

    Shape: facts that nobody expected, such as the id of a new topic, do not count; an absent object agrees with an
           absent one only.
    """
    if not expected or not found:
        return not expected and not found
    return all(key in found and found[key] == value for key, value in expected.items())
