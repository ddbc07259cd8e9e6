"""Requests that change groups and end transactions, sent to the coordinator or the leader."""

from collections.abc import Mapping, Sequence
from typing import Any

from steward.cluster.adapters.changes.requests import ChangeError, change_error, timeout_ms
from steward.cluster.adapters.changes.topics import Answered, in_turn
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import (
    COORDINATOR_LOAD_IN_PROGRESS,
    NOT_LEADER_OR_FOLLOWER,
    first_code,
    right,
)
from steward.cluster.adapters.groups import find_coordinators
from steward.cluster.adapters.messages import (
    DeleteGroupsRequest,
    DeleteRecordsRequest,
    LeaveGroupRequest,
    MetadataRequest,
    OffsetCommitRequest,
    OffsetDeleteRequest,
    WriteTxnMarkersRequest,
)
from steward.model.change import (
    AbortTransaction,
    AlterGroupOffsets,
    DeleteGroup,
    DeleteGroupOffsets,
    DeleteRecords,
    RemoveMembers,
)
from steward.model.error import BrokerRefused, StewardError
from steward.model.names import TopicPartition

_NO_COORDINATOR = (COORDINATOR_LOAD_IN_PROGRESS, "the group has no coordinator at present")


def _by_topic(partitions: Sequence[TopicPartition]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for partition in sorted(partitions):
        found.setdefault(partition.topic, []).append(partition.partition)
    return found


async def alter_offsets(
    client: KafkaClient, changes: Sequence[AlterGroupOffsets]
) -> list[ChangeError]:
    """Commit offsets without being a member: refused while the group has members."""

    async def one(change: AlterGroupOffsets, broker: int) -> tuple[int, str | None]:
        topic = OffsetCommitRequest.OffsetCommitRequestTopic
        request = OffsetCommitRequest(
            group_id=change.group,
            generation_id_or_member_epoch=-1,
            member_id="",
            group_instance_id=None,
            retention_time_ms=-1,
            topics=[
                topic(
                    name=name,
                    partitions=[
                        topic.OffsetCommitRequestPartition(
                            partition_index=number,
                            committed_offset=change.offsets[TopicPartition(name, number)],
                            committed_leader_epoch=-1,
                            committed_metadata="",
                        )
                        for number in numbers
                    ],
                )
                for name, numbers in _by_topic(tuple(change.offsets)).items()
            ],
            max_version=9,
        )
        response = await client.ask_change(request, broker)
        return first_code(p.error_code for t in response.topics for p in t.partitions), None

    return await _at_coordinators(client, changes, one, "READ")


async def delete_offsets(
    client: KafkaClient, changes: Sequence[DeleteGroupOffsets]
) -> list[ChangeError]:
    """Delete offsets: refused for topics that members read."""

    async def one(change: DeleteGroupOffsets, broker: int) -> tuple[int, str | None]:
        topic = OffsetDeleteRequest.OffsetDeleteRequestTopic
        request = OffsetDeleteRequest(
            group_id=change.group,
            topics=[
                topic(
                    name=name,
                    partitions=[
                        topic.OffsetDeleteRequestPartition(partition_index=number)
                        for number in numbers
                    ],
                )
                for name, numbers in _by_topic(change.partitions).items()
            ],
        )
        response = await client.ask_change(request, broker)
        codes = (p.error_code for t in response.topics for p in t.partitions)
        return first_code((response.error_code, *codes)), None

    return await _at_coordinators(client, changes, one, "DELETE")


async def delete_groups(client: KafkaClient, changes: Sequence[DeleteGroup]) -> list[ChangeError]:
    """Delete groups: refused while they have members."""

    async def one(change: DeleteGroup, broker: int) -> tuple[int, str | None]:
        request = DeleteGroupsRequest(groups_names=[change.group])
        response = await client.ask_change(request, broker)
        return first_code(r.error_code for r in response.results), None

    return await _at_coordinators(client, changes, one, "DELETE")


async def remove_members(
    client: KafkaClient, changes: Sequence[RemoveMembers]
) -> list[ChangeError]:
    """Remove members (LeaveGroup v3, KIP-345)."""

    async def one(change: RemoveMembers, broker: int) -> tuple[int, str | None]:
        identity = LeaveGroupRequest.MemberIdentity
        request = LeaveGroupRequest(
            group_id=change.group,
            members=[
                identity(member_id=m, group_instance_id=i or None, reason="removed by steward")
                for m, i in change.members.items()
            ],
            min_version=3,
        )
        response = await client.ask_change(request, broker)
        return first_code((response.error_code, *(m.error_code for m in response.members))), None

    return await _at_coordinators(client, changes, one, "READ")


async def _at_coordinators(
    client: KafkaClient, changes: Sequence[Any], one: Any, operation: str
) -> list[ChangeError]:
    async def ask(left: Sequence[Any]) -> Mapping[int, Answered]:
        places = await find_coordinators(client, [c.group for c in left])
        found: dict[int, Answered] = {}
        for place, change in enumerate(left):
            broker = places.get(change.group)
            if broker is None:
                found[place] = _NO_COORDINATOR
                continue
            try:
                found[place] = await one(change, broker)
            except StewardError as fault:
                found[place] = fault
        return found

    return await in_turn(client, changes, ask, lambda c: right(operation, "group", c.group))


async def abort_transactions(
    client: KafkaClient, changes: Sequence[AbortTransaction]
) -> list[ChangeError]:
    """Write abort markers at the leader of each partition (KIP-664)."""
    leaders = await _leaders(client, sorted({c.partition.topic for c in changes}))
    fates: list[ChangeError] = []
    for change in changes:
        leader = leaders.get(change.partition, -1)
        if leader < 0:
            said = f"WriteTxnMarkers: partition {change.partition} has no leader"
            fates.append(BrokerRefused(said, kafka_error="LEADER_NOT_AVAILABLE"))
            continue
        try:
            response = await client.ask_change(_abort(change), leader)
        except StewardError as fault:
            fates.append(fault)
            continue
        code = first_code(
            p.error_code for m in response.markers for t in m.topics for p in t.partitions
        )
        fates.append(change_error(change, code, None, right("ALTER", "cluster")))
    return fates


async def delete_records(
    client: KafkaClient, changes: Sequence[DeleteRecords]
) -> list[ChangeError]:
    """Raise log start offsets at the leader of each partition; retried where the leader has moved."""

    async def ask(left: Sequence[DeleteRecords]) -> Mapping[int, tuple[int, str | None]]:
        leaders = await _leaders(client, sorted({c.topic for c in left}))
        before = {p: offset for c in left for p, offset in c.before.items()}
        by_leader: dict[int, list[TopicPartition]] = {}
        for partition in before:
            by_leader.setdefault(leaders.get(partition, -1), []).append(partition)
        codes = dict.fromkeys(by_leader.pop(-1, ()), NOT_LEADER_OR_FOLLOWER)
        for leader, partitions in by_leader.items():
            response = await client.ask_change(
                _trim({p: before[p] for p in partitions}, client), leader
            )
            codes |= {
                TopicPartition(t.name, p.partition_index): p.error_code
                for t in response.topics
                for p in t.partitions
            }
        return {
            place: _trimmed(first_code(codes.get(p, -1) for p in c.before))
            for place, c in enumerate(left)
        }

    return await in_turn(client, changes, ask, lambda c: right("DELETE", "topic", c.topic))


def _trimmed(code: int) -> tuple[int, str | None]:
    """Return a retriable error for partitions whose leader moved: nothing was changed there."""
    if code == NOT_LEADER_OR_FOLLOWER:
        return COORDINATOR_LOAD_IN_PROGRESS, "a partition has no leader at present"
    return code, None


def _trim(before: Mapping[TopicPartition, int], client: KafkaClient) -> Any:
    topic = DeleteRecordsRequest.DeleteRecordsTopic
    return DeleteRecordsRequest(
        topics=[
            topic(
                name=name,
                partitions=[
                    topic.DeleteRecordsPartition(
                        partition_index=number, offset=before[TopicPartition(name, number)]
                    )
                    for number in numbers
                ],
            )
            for name, numbers in _by_topic(tuple(before)).items()
        ],
        timeout_ms=timeout_ms(client),
    )


async def _leaders(client: KafkaClient, topics: list[str]) -> dict[TopicPartition, int]:
    topic = MetadataRequest.MetadataRequestTopic
    request = MetadataRequest(
        topics=[topic(topic_id=None, name=name) for name in topics],
        allow_auto_topic_creation=False,
    )
    response = await client.ask_any(request)
    return {
        TopicPartition(t.name, p.partition_index): p.leader_id
        for t in response.topics
        for p in t.partitions
    }


def _abort(change: AbortTransaction) -> Any:
    marker = WriteTxnMarkersRequest.WritableTxnMarker
    topic = marker.WritableTxnMarkerTopic
    return WriteTxnMarkersRequest(
        markers=[
            marker(
                producer_id=change.producer_id,
                producer_epoch=change.producer_epoch,
                transaction_result=False,
                topics=[
                    topic(
                        name=change.partition.topic,
                        partition_indexes=[change.partition.partition],
                    )
                ],
                coordinator_epoch=change.coordinator_epoch,
            )
        ]
    )
