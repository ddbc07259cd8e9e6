"""ACLs that each kind of change needs: one table for the check before the first step and for `steward permissions`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from steward.cluster.permissions import CLUSTER, Right
from steward.model.change import (
    AbortTransaction,
    AlterConfigs,
    AlterGroupOffsets,
    AlterQuota,
    CancelReassignment,
    Change,
    ChangeKind,
    ConfigTarget,
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
    kind_of_change,
)
from steward.model.names import TopicPartition


@dataclass(frozen=True, slots=True)
class Need:
    """One ACL that one change needs: an operation on the cluster, a topic or a group."""

    operation: str
    resource: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRight:
    """One ACL that changes of a kind need; ``names`` returns the resources that one change needs it on."""

    operation: str
    resource_type: str
    names: Callable[[Any], Iterable[str]]
    why: str


def _no_name(_: Change) -> tuple[str, ...]:
    return ("",)


def _cluster(operation: str, why: str) -> ChangeRight:
    return ChangeRight(operation, "CLUSTER", _no_name, why)


def _name(change: Any) -> tuple[str, ...]:
    return (change.name,)


def _topic(change: Any) -> tuple[str, ...]:
    return (change.topic,)


def _group(change: Any) -> tuple[str, ...]:
    return (change.group,)


def _topics_of(partitions: Iterable[TopicPartition]) -> list[str]:
    return sorted({p.topic for p in partitions})


def _on_topic(operation: str, names: Callable[[Any], Iterable[str]], why: str) -> ChangeRight:
    return ChangeRight(operation, "TOPIC", names, why)


def _on_group(operation: str, why: str) -> ChangeRight:
    return ChangeRight(operation, "GROUP", _group, why)


_ACLS = (_cluster("ALTER", "adding and removing ACLs"),)
_SCRAM = (_cluster("ALTER", "setting and removing SCRAM credentials"),)
_MOVES = (_cluster("ALTER", "moving replicas"),)

RIGHTS_TO_CHANGE: Mapping[ChangeKind, tuple[ChangeRight, ...]] = {
    CreateTopic: (_on_topic("CREATE", _name, "creating topics"),),
    DeleteTopic: (_on_topic("DELETE", _name, "deleting topics"),),
    CreatePartitions: (_on_topic("ALTER", _topic, "adding partitions"),),
    DeleteRecords: (_on_topic("DELETE", _topic, "deleting records"),),
    RestoreRecords: (
        _on_topic("WRITE", _topic, "restoring records"),
        _on_topic("READ", _topic, "comparing restored records with their backup"),
    ),
    ConfigTarget.TOPIC: (_on_topic("ALTER_CONFIGS", _name, "configuring topics"),),
    CutRetention: (_on_topic("ALTER_CONFIGS", _topic, "cutting retention in steps"),),
    ConfigTarget.GROUP: (ChangeRight("ALTER_CONFIGS", "GROUP", _name, "configuring groups"),),
    ConfigTarget.BROKER: (_cluster("ALTER_CONFIGS", "configuring brokers"),),
    ConfigTarget.BROKER_LOGGER: (_cluster("ALTER_CONFIGS", "setting log levels"),),
    ConfigTarget.CLIENT_METRICS: (_cluster("ALTER_CONFIGS", "client metrics subscriptions"),),
    AlterQuota: (_cluster("ALTER_CONFIGS", "setting and removing quotas"),),
    CreateAcl: _ACLS,
    DeleteAcl: _ACLS,
    UpsertScram: _SCRAM,
    DeleteScram: _SCRAM,
    ElectLeader: (_cluster("ALTER", "electing leaders"),),
    ReassignPartition: _MOVES,
    CancelReassignment: _MOVES,
    UpdateFeature: (_cluster("ALTER", "finalizing features"),),
    UnregisterBroker: (_cluster("ALTER", "unregistering brokers"),),
    AlterGroupOffsets: (
        _on_group("READ", "committing offsets for a group"),
        _on_topic("READ", lambda c: _topics_of(c.offsets), "committing offsets on topics"),
    ),
    DeleteGroupOffsets: (
        _on_group("DELETE", "deleting offsets of a group"),
        _on_topic("READ", lambda c: _topics_of(c.partitions), "deleting offsets on topics"),
    ),
    DeleteGroup: (_on_group("DELETE", "deleting groups"),),
    RemoveMembers: (_on_group("READ", "removing members from a group"),),
    AbortTransaction: (_cluster("ALTER", "writing abort markers"),),
}
"""Every kind of change. Several ACLs are all required.

Source: KafkaApis.scala, ControllerApis.scala, AclApis.scala.
"""


def needs_of(change: Change) -> tuple[Need, ...]:
    """List the ACLs that one change needs, on the resources it names."""
    return tuple(
        Need(right.operation, right.resource_type.lower(), name)
        for right in RIGHTS_TO_CHANGE[kind_of_change(change)]
        for name in right.names(change)
    )


def rights_to_change(kinds: Iterable[ChangeKind]) -> frozenset[Right]:
    """Return the ACLs that some kinds of changes need, for any resource."""
    return frozenset(
        Right(
            operation=right.operation,
            resource_type=right.resource_type,
            resource_name=CLUSTER if right.resource_type == "CLUSTER" else "*",
            why=right.why,
            request=_request(kind),
        )
        for kind in kinds
        for right in RIGHTS_TO_CHANGE[kind]
    )


def _request(kind: ChangeKind) -> str:
    return AlterConfigs.request if isinstance(kind, ConfigTarget) else kind.request
