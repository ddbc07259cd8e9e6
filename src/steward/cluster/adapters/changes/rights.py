"""Whether the principal may make changes, checked before the first one: brokers report authorized operations."""

from collections.abc import Iterable, Sequence
from typing import Any

from steward.cluster.adapters.cluster import describe_cluster_request
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import NONE, right
from steward.cluster.adapters.groups import find_coordinators
from steward.cluster.adapters.messages import (
    AclOperation,
    CreateTopicsRequest,
    DescribeGroupsRequest,
    MetadataRequest,
)
from steward.cluster.change_permissions import Need, needs_of
from steward.model.change import Change
from steward.model.error import NotAuthorized, StewardError

_TOPIC_AUTHORIZATION_FAILED = 29
_PER_REQUEST = 500
_ANSWERS_FOR_THE_DEAD = 5
"""The last version of DescribeGroups without an error for a group that does not exist."""


async def denied(client: KafkaClient, changes: Sequence[Change]) -> list[NotAuthorized | None]:
    """Return the missing ACL of each change; None where none is missing or this is unknown."""
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
    acl = right(need.operation, need.resource, need.name)
    return NotAuthorized(
        f"{change.request}: not authorized, needs {acl}",
        acl=acl,
        remedy=f"add the ACL: {acl}",
    )


def _names(bits: Iterable[int] | None) -> frozenset[str] | None:
    """Name operations; None where the broker does not report them."""
    if bits is None:
        return None
    known = {operation.value: operation.name for operation in AclOperation}
    return frozenset(known[bit] for bit in bits if bit in known)


async def _cluster_operations(client: KafkaClient) -> frozenset[str] | None:
    try:
        response = await client.ask_any(describe_cluster_request())
    except StewardError:
        return None
    return _names(response.authorized_operations)


async def _on_topics(client: KafkaClient, needs: set[Need]) -> set[Need]:
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


async def _on_groups(client: KafkaClient, needs: set[Need]) -> set[Need]:
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
    """Return the needs that the reported operations do not cover."""
    return {
        n for n in needs if (found := held.get(n.name)) is not None and n.operation not in found
    }


async def _not_created(client: KafkaClient, needs: set[Need]) -> set[Need]:
    """Request topics without creating them: only this shows whether the principal may create missing ones."""
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
