"""Filling a cluster for measurements: topics, records in some of them, and commits of groups on everything.

Commits go out as OffsetCommit over steward's own connections, thousands of partitions in a request.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from kafka.protocol.consumer import OffsetCommitRequest

from steward.cluster.adapters.bootstrap import bootstrap
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.groups import find_coordinators
from steward.model.connection import Connection

_TOPICS_A_REQUEST = 10
_TOPICS_A_COMMIT = 50
_ATTEMPTS = 300

OffsetOf = Callable[[int, int, int], int]
"""The offset that a group (by number) commits on a topic (by number) and partition."""


def topic_names(count: int) -> list[str]:
    """Name the topics."""
    return [f"bench-{number:03d}" for number in range(count)]


def group_names(count: int) -> list[str]:
    """Name the groups."""
    return [f"bench-group-{number:03d}" for number in range(count)]


def create_topics(
    connection: Connection, names: Sequence[str], partitions: int, replication_factor: int = 1
) -> None:
    """Create topics, a few in a request: one request holds at most 10,000 records of metadata."""
    admin = _admin(connection)
    step = max(1, min(_TOPICS_A_REQUEST, 2000 // (partitions * replication_factor)))
    for start in range(0, len(names), step):
        wanted = [NewTopic(n, partitions, replication_factor) for n in names[start : start + step]]
        made = admin.create_topics(wanted, operation_timeout=120, request_timeout=120)
        for future in made.values():
            future.result(150)


def produce(connection: Connection, names: Sequence[str], partitions: int, records: int) -> None:
    """Write records to every partition of the topics."""
    producer = Producer(
        {**_client(connection), "linger.ms": 50, "queue.buffering.max.messages": 10**6}
    )
    for _ in range(records):
        for name in names:
            for partition in range(partitions):
                producer.produce(name, b"x" * 20, partition=partition)
        producer.poll(0)
    left = producer.flush(120)
    if left:
        raise SystemExit(f"{left} records were not written")


def commit(
    connection: Connection,
    groups: Sequence[str],
    topics: Sequence[str],
    partitions: int,
    offset_of: OffsetOf = lambda _group, _topic, _partition: 0,
) -> None:
    """Let every group commit on every partition."""
    client = KafkaClient(connection)
    client.start()
    try:
        client.run(bootstrap(client, connection.connect_timeout_seconds))
        client.run(_commit_all(client, groups, topics, partitions, offset_of))
    finally:
        client.close()


async def _commit_all(
    client: KafkaClient,
    groups: Sequence[str],
    topics: Sequence[str],
    partitions: int,
    offset_of: OffsetOf,
) -> None:
    coordinators: dict[str, int] = {}
    for _ in range(_ATTEMPTS):
        coordinators = await find_coordinators(client, groups)
        if len(coordinators) == len(groups):
            break
        await client.sleep(1)
    for number, group in enumerate(groups):
        for start in range(0, len(topics), _TOPICS_A_COMMIT):
            piece = list(enumerate(topics))[start : start + _TOPICS_A_COMMIT]
            offsets = {
                name: [offset_of(number, topic, p) for p in range(partitions)]
                for topic, name in piece
            }
            await commit_offsets(client, coordinators[group], group, offsets)


async def commit_offsets(
    client: KafkaClient, coordinator: int, group: str, offsets: dict[str, list[int]]
) -> None:
    """Commit offsets by topic and partition number for one group."""
    kind = cast("Any", OffsetCommitRequest)
    topic, row = (
        kind.OffsetCommitRequestTopic,
        kind.OffsetCommitRequestTopic.OffsetCommitRequestPartition,
    )
    request = kind(
        group_id=group, generation_id_or_member_epoch=-1, member_id="", group_instance_id=None,
        retention_time_ms=-1, max_version=8,
        topics=[
            topic(name=name, partitions=[
                row(partition_index=p, committed_offset=o, committed_leader_epoch=-1, committed_metadata="")
                for p, o in enumerate(values)
            ])
            for name, values in offsets.items()
        ],
    )  # fmt: skip
    errors: set[int] = set()
    for _ in range(_ATTEMPTS):
        answer = await client.ask(coordinator, request)
        errors = {p.error_code for t in answer.topics for p in t.partitions} - {0}
        if not errors:
            return
        await client.sleep(0.5)
    raise SystemExit(f"could not commit for {group}: errors {errors}")


def _admin(connection: Connection) -> Any:
    return AdminClient(_client(connection))


def _client(connection: Connection) -> dict[str, Any]:
    return {"bootstrap.servers": ",".join(connection.bootstrap_servers), "log_level": 0}


def settle(seconds: float) -> None:
    """Let a cluster come to rest."""
    time.sleep(seconds)
