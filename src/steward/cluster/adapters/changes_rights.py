"""Whether we may make changes, asked before the first is made: the brokers tell what a principal is authorized for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from steward.cluster.adapters.client import Client
from steward.cluster.adapters.cluster import describe_cluster_request
from steward.cluster.adapters.errors import NONE, right
from steward.cluster.adapters.groups import find_coordinators
from steward.cluster.adapters.messages import (
    AclOperation,
    CreateTopicsRequest,
    DescribeGroupsRequest,
    MetadataRequest,
)
from steward.model.change import (
    AbortTransaction,
    AlterConfigs,
    AlterGroupOffsets,
    AlterQuota,
    Change,
    ConfigTarget,
    CreatePartitions,
    CreateTopic,
    DeleteGroup,
    DeleteGroupOffsets,
    DeleteRecords,
    DeleteTopic,
    RemoveMembers,
)
from steward.model.error import NotAuthorized, StewardError

_TOPIC_AUTHORIZATION_FAILED = 29
_PER_REQUEST = 500
_ANSWERS_FOR_THE_DEAD = 5
"""The last version of DescribeGroups in which a group that does not exist is no error."""


@dataclass(frozen=True, slots=True)
class Need:
    """One right: an operation on the cluster, a topic or a group."""

    operation: str
    resource: str
    name: str = ""

    @property
    def acl(self) -> str:
        """Spell it as steward prints rights."""
        return right(self.operation, self.resource, self.name)


def needs_of(change: Change) -> tuple[Need, ...]:
    """List the rights that a change needs; each of them, where there are several.

    Source: KafkaApis.scala, ControllerApis.scala.
    """
    match change:
        case CreateTopic(name=name):
            return (Need("CREATE", "topic", name),)
        case DeleteTopic(name=name):
            return (Need("DELETE", "topic", name),)
        case CreatePartitions(topic=topic):
            return (Need("ALTER", "topic", topic),)
        case DeleteRecords(topic=topic):
            return (Need("DELETE", "topic", topic),)
        case AlterConfigs(target=ConfigTarget.TOPIC | ConfigTarget.GROUP):
            return (Need("ALTER_CONFIGS", change.target.value, change.name),)
        case AlterConfigs() | AlterQuota():
            return (Need("ALTER_CONFIGS", "cluster"),)
        case AlterGroupOffsets(group=group, offsets=offsets):
            return (Need("READ", "group", group), *_reading(p.topic for p in offsets))
        case DeleteGroupOffsets(group=group, partitions=partitions):
            return (Need("DELETE", "group", group), *_reading(p.topic for p in partitions))
        case DeleteGroup(group=group):
            return (Need("DELETE", "group", group),)
        case RemoveMembers(group=group):
            return (Need("READ", "group", group),)
        case AbortTransaction():
            return (Need("ALTER", "cluster"),)
        case _:  # ACLs, SCRAM credentials, elections, moves, features
            return (Need("ALTER", "cluster"),)


def _reading(topics: Iterable[str]) -> tuple[Need, ...]:
    return tuple(Need("READ", "topic", topic) for topic in sorted(set(topics)))


async def denied(client: Client, changes: Sequence[Change]) -> list[NotAuthorized | None]:
    """Return for each change the right that is missing; None where none is, or where that cannot be told."""
    wanted = {need for change in changes for need in needs_of(change)}
    missing: set[Need] = set()
    cluster = await _cluster_operations(client)
    if cluster is not None:
        missing |= {n for n in wanted if n.resource == "cluster" and n.operation not in cluster}
    creates = {n for n in wanted if n.resource == "topic" and n.operation == "CREATE"}
    if cluster is None or "CREATE" not in cluster:
        missing |= await _not_created(client, creates)
    missing |= await _on_topics(client, {n for n in wanted - creates if n.resource == "topic"})
    missing |= await _on_groups(client, {n for n in wanted if n.resource == "group"})
    return [_fault(change, missing) for change in changes]


def _fault(change: Change, missing: set[Need]) -> NotAuthorized | None:
    need = next((n for n in needs_of(change) if n in missing), None)
    if need is None:
        return None
    return NotAuthorized(
        f"{change.request}: not authorized, needs {need.acl}",
        acl=need.acl,
        remedy=f"add the ACL: {need.acl}",
    )


def _names(bits: Iterable[int] | None) -> frozenset[str] | None:
    """Name operations; None where the broker does not tell them."""
    if bits is None:
        return None
    known = {operation.value: operation.name for operation in AclOperation}
    return frozenset(known[bit] for bit in bits if bit in known)


async def _cluster_operations(client: Client) -> frozenset[str] | None:
    try:
        response = await client.ask_any(describe_cluster_request())
    except StewardError:
        return None
    return _names(response.authorized_operations)


async def _on_topics(client: Client, needs: set[Need]) -> set[Need]:
    names = sorted({n.name for n in needs})
    held: dict[str, frozenset[str] | None] = {}
    topic = MetadataRequest.MetadataRequestTopic
    for start in range(0, len(names), _PER_REQUEST):
        request = MetadataRequest(
            topics=[topic(topic_id=None, name=n) for n in names[start : start + _PER_REQUEST]],
            allow_auto_topic_creation=False,
            include_topic_authorized_operations=True,
            min_version=8,
        )
        response = await client.ask_any(request)
        held |= {
            t.name: _names(t.authorized_operations) for t in response.topics if t.error_code == NONE
        }
    return _lacking(needs, held)


async def _on_groups(client: Client, needs: set[Need]) -> set[Need]:
    held: dict[str, frozenset[str] | None] = {}
    names = sorted({n.name for n in needs})
    if not names:
        return set()
    coordinators = await find_coordinators(client, names)
    for broker in sorted(set(coordinators.values())):
        request = DescribeGroupsRequest(
            groups=[g for g in names if coordinators.get(g) == broker],
            include_authorized_operations=True,
            min_version=3,
            max_version=_ANSWERS_FOR_THE_DEAD,
        )
        response: Any = await client.ask(broker, request)
        held |= {
            g.group_id: _names(g.authorized_operations)
            for g in response.groups
            if g.error_code == NONE
        }
    return _lacking(needs, held)


def _lacking(needs: set[Need], held: dict[str, frozenset[str] | None]) -> set[Need]:
    """Return the needs that what was told does not fulfil."""
    return {
        n for n in needs if (found := held.get(n.name)) is not None and n.operation not in found
    }


async def _not_created(client: Client, needs: set[Need]) -> set[Need]:
    """Ask for topics without making them: only so is told whether one may create what is not there."""
    names = sorted({n.name for n in needs})
    refused: set[str] = set()
    topic = CreateTopicsRequest.CreatableTopic
    for start in range(0, len(names), _PER_REQUEST):
        request = CreateTopicsRequest(
            topics=[
                topic(name=n, num_partitions=1, replication_factor=1, assignments=[], configs=[])
                for n in names[start : start + _PER_REQUEST]
            ],
            timeout_ms=int(client.connection.request_timeout_seconds * 900),
            validate_only=True,
        )
        response = await client.ask_any(request)
        refused |= {t.name for t in response.topics if t.error_code == _TOPIC_AUTHORIZATION_FAILED}
    return {n for n in needs if n.name in refused}
