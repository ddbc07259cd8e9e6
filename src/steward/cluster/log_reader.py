"""Reads partitions of a real cluster, by a client of its own whose client id is steward-backup."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Self

from steward.cluster.adapters import cluster
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.raw_batches import read_batches
from steward.cluster.adapters.topics import read_topics
from steward.cluster.first_contact import open_client
from steward.cluster.log_reading import CLIENT_ID, LogSlice, ReadFrom
from steward.model.connection import Connection
from steward.model.error import NotAuthorized
from steward.model.topic import Topic


def connect_log_reader(connection: Connection, rack: str = "") -> "KafkaLogReader":
    """Connect to a cluster; ``rack`` lets followers of that rack serve (KIP-392).

    Errors: ClusterUnreachable, NotAuthorized, ConfigurationError.
    """
    return KafkaLogReader(open_client(replace(connection, client_id=CLIENT_ID)), rack)


class KafkaLogReader:
    """Reads over kept connections."""

    def __init__(self, client: KafkaClient, rack: str) -> None:
        self._client = client
        self._rack = rack

    def topic(self, name: str) -> Topic | None:
        """Return a topic with its present leaders."""
        return self._client.run(self._topic(name))

    async def _topic(self, name: str) -> Topic | None:
        await cluster.read_cluster(self._client)
        found = await read_topics(self._client, frozenset({name}), with_elr=False)
        for gap in found.gaps:
            raise NotAuthorized(str(gap), acl=gap.acl, object_name=name)
        return next((topic for topic in found.value if topic.name == name), None)

    def read(
        self, broker: int, topic: Topic, wanted: Mapping[int, ReadFrom], max_bytes: int
    ) -> Mapping[int, LogSlice]:
        """Read partitions at one broker."""
        return self._client.run(
            read_batches(self._client, broker, topic, wanted, max_bytes=max_bytes, rack=self._rack)
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
