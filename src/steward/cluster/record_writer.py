"""Writes record batches to partitions as they are; only the executor of changes may use it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Self

from steward.cluster.adapters import cluster
from steward.cluster.adapters.changes.raw_produce import Produced as Produced
from steward.cluster.adapters.changes.raw_produce import init_producer_id, produce
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.topics import read_topics
from steward.cluster.first_contact import open_client
from steward.model.connection import Connection
from steward.model.error import ObjectNotFound
from steward.records.restore.producing import ProducerIdentity

CLIENT_ID = "steward-restore"
"""The client id of restores, so that a quota can limit them alone."""


def connect_record_writer(connection: Connection) -> "KafkaRecordWriter":
    """Connect to a cluster.

    Errors: ClusterUnreachable, NotAuthorized, ConfigurationError.
    """
    return KafkaRecordWriter(open_client(replace(connection, client_id=CLIENT_ID)))


class KafkaRecordWriter:
    """Writes over kept connections."""

    def __init__(self, client: KafkaClient) -> None:
        self._client = client

    def new_producer(self) -> ProducerIdentity:
        """Request a producer id; sequences of every partition begin at 0.

        Errors: NotAuthorized, BrokerRefused, ClusterUnreachable, DeadlineExceeded.
        """
        return self._client.run(init_producer_id(self._client))

    def write(
        self, topic: str, batches: Mapping[int, Sequence[bytes | bytearray]]
    ) -> Mapping[int, Produced]:
        """Write patched batches of one topic, by partition and in order, and wait until all in-sync replicas have them.

        Errors: ObjectNotFound where the topic does not exist; StewardError where no broker answers. What a partition
                refuses is in its `Produced`.
        """
        timeout_ms = round(self._client.connection.request_timeout_seconds * 1000)

        async def find_leaders() -> Mapping[int, int]:
            await cluster.read_cluster(self._client)
            found = await read_topics(self._client, frozenset({topic}), with_elr=False)
            if not found.value:
                raise ObjectNotFound(f"topic {topic} does not exist", object_name=topic)
            return {p.partition: p.leader for t in found.value for p in t.partitions}

        return self._client.run(
            produce(self._client, topic, batches, find_leaders, timeout_ms=timeout_ms)
        )

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def __enter__(self) -> Self:
        """Use it as a context."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close it."""
        self.close()
