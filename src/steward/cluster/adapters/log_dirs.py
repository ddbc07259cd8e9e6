"""Log directories with their replicas and sizes: DescribeLogDirs on every broker."""

from collections.abc import Sequence
from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import NONE, name_of, raise_for, right, unknown_of
from steward.cluster.adapters.messages import DescribeLogDirsRequest
from steward.model.broker import LogDir, ReplicaLog
from steward.model.error import StewardError
from steward.model.names import TopicPartition
from steward.model.topic import Topic
from steward.model.unknown import NotApplicable, Unknown

_NOT_REPORTED = -1
_NO_SPACE = NotApplicable("sizes of log directories are reported since Kafka 3.3 (KIP-827)")

LogDirsByBroker = dict[int, tuple[LogDir, ...] | Unknown]


async def read_log_dirs(
    client: KafkaClient, brokers: Sequence[int], topics: Sequence[Topic] | None
) -> LogDirsByBroker:
    """Describe each broker's log directories, with all replicas or those of the given topics.

    Shape: a broker that failed maps to Unknown.
    """
    reader = _Reader(client, topics)
    answers = await client.all({broker: reader.read(broker) for broker in brokers})
    return {
        broker: unknown_of(answer) if isinstance(answer, StewardError) else answer
        for broker, answer in sorted(answers.items())
    }


class _Reader:
    """Asks brokers; partition keys are created once and shared by their replicas."""

    def __init__(self, client: KafkaClient, topics: Sequence[Topic] | None) -> None:
        self._client = client
        self._topics = topics
        self._keys: dict[str, dict[int, TopicPartition]] = {}

    async def read(self, broker: int) -> tuple[LogDir, ...]:
        response = await self._client.ask(broker, self._request())
        acl = right("DESCRIBE", "cluster")
        raise_for(response.error_code, what="DescribeLogDirs", acl=acl)
        dirs = [self._log_dir(broker, found) for found in response.results]
        return tuple(sorted(dirs, key=lambda d: d.path))

    def _request(self) -> Any:
        topic_type = DescribeLogDirsRequest.DescribableLogDirTopic
        if self._topics is None:
            return DescribeLogDirsRequest(topics=None)
        return DescribeLogDirsRequest(
            topics=[
                topic_type(topic=t.name, partitions=[p.partition for p in t.partitions])
                for t in self._topics
            ]
        )

    def _log_dir(self, broker: int, found: Any) -> LogDir:
        return LogDir(
            broker=broker,
            path=found.log_dir,
            error=None if found.error_code == NONE else name_of(found.error_code),
            total_bytes=_bytes(found.total_bytes),
            usable_bytes=_bytes(found.usable_bytes),
            replicas=tuple(
                replica
                for topic in sorted(found.topics, key=lambda t: t.name)
                for replica in self._replicas(topic)
            ),
        )

    def _replicas(self, topic: Any) -> list[ReplicaLog]:
        keys = self._keys.setdefault(topic.name, {})
        replicas: list[ReplicaLog] = []
        for p in sorted(topic.partitions, key=lambda p: p.partition_index):
            key = keys.get(p.partition_index)
            if key is None:
                key = keys[p.partition_index] = TopicPartition(topic.name, p.partition_index)
            replicas.append(ReplicaLog(key, p.partition_size, p.offset_lag, p.is_future_key))
        return replicas


def _bytes(found: int) -> int | NotApplicable:
    return _NO_SPACE if found == _NOT_REPORTED else found
