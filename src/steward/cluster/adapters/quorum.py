"""The KRaft metadata quorum: DescribeQuorum, answered by the active controller through any broker."""

import uuid
from collections.abc import Mapping
from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import raise_for, right
from steward.cluster.adapters.messages import DescribeQuorumRequest
from steward.cluster.adapters.topics import topic_id
from steward.model.quorum import Quorum, QuorumReplica

_METADATA_TOPIC = "__cluster_metadata"
_NO_DIRECTORY = uuid.UUID(int=0)


async def read_quorum(client: KafkaClient) -> Quorum:
    """Describe voters and observers as the leader reports them.

    Errors: NotAuthorized without DESCRIBE on cluster; NotSupported on a ZooKeeper cluster.
    """
    topic_type = DescribeQuorumRequest.TopicData
    partition_type = topic_type.PartitionData
    request = DescribeQuorumRequest(
        topics=[
            topic_type(topic_name=_METADATA_TOPIC, partitions=[partition_type(partition_index=0)])
        ]
    )
    response = await client.ask_any(request)
    acl = right("DESCRIBE", "cluster")
    _check(response, acl)
    partition = response.topics[0].partitions[0]
    _check(partition, acl)
    endpoints = {
        node.node_id: tuple(sorted(f"{at.name}://{at.host}:{at.port}" for at in node.listeners))
        for node in response.nodes or ()
    }
    return Quorum(
        leader_id=partition.leader_id,
        leader_epoch=partition.leader_epoch,
        high_watermark=partition.high_watermark,
        voters=_replicas(partition.current_voters, endpoints),
        observers=_replicas(partition.observers, endpoints),
    )


def _check(answer: Any, acl: str) -> None:
    raise_for(answer.error_code, what="DescribeQuorum", acl=acl, message=answer.error_message)


def _replicas(states: Any, endpoints: Mapping[int, tuple[str, ...]]) -> tuple[QuorumReplica, ...]:
    return tuple(
        QuorumReplica(
            id=state.replica_id,
            directory_id=_directory(state.replica_directory_id),
            log_end_offset=state.log_end_offset,
            last_fetch_ms=state.last_fetch_timestamp,
            last_caught_up_ms=state.last_caught_up_timestamp,
            endpoints=endpoints.get(state.replica_id, ()),
        )
        for state in sorted(states, key=lambda s: s.replica_id)
    )


def _directory(found: uuid.UUID | None) -> str | None:
    return None if found is None or found == _NO_DIRECTORY else topic_id(found)
