"""Log start, end and last stable offsets: ListOffsets at each partition's leader."""

from collections.abc import Mapping, Sequence
from typing import Any

from steward.cluster.adapters.client import Client
from steward.cluster.adapters.errors import NONE, RETRIABLE, right, unknown_of, unknown_of_code
from steward.cluster.adapters.messages import ListOffsetsRequest
from steward.cluster.adapters.reading import batches, in_rounds
from steward.cluster.adapters.topics import read_topics
from steward.model.error import StewardError
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import Unknown, Why

NO_LEADER = -1
_LATEST, _EARLIEST = -1, -2
_READ_UNCOMMITTED, _READ_COMMITTED = 0, 1
_PARTITIONS_PER_REQUEST = 4000
_QUESTIONS = (
    (_EARLIEST, _READ_UNCOMMITTED),
    (_LATEST, _READ_UNCOMMITTED),
    (_LATEST, _READ_COMMITTED),
)

Offsets = dict[TopicPartition, PartitionOffsets | Unknown]


async def read_offsets(client: Client, topics: Sequence[Topic]) -> Offsets:
    """Read three offsets of every partition of the topics; one that failed maps to Unknown."""
    reader = _Reader(client, topics)
    left = await in_rounds(client, reader.partitions, reader.attempt)
    for key in left:
        reader.found[key] = reader.codes.get(key) or Unknown(Why.REFUSED, "no leader answered")
    return {key: reader.found[key] for key in reader.partitions}


def leaders_of(topics: Sequence[Topic]) -> dict[TopicPartition, int]:
    """Map each partition to its leader, ``NO_LEADER`` where it is offline."""
    return {p.key: p.leader for topic in topics for p in topic.partitions}


class _Reader:
    """Asks leaders, and after a failure the leaders that have taken over."""

    def __init__(self, client: Client, topics: Sequence[Topic]) -> None:
        self._client = client
        self._leaders = leaders_of(topics)
        self._again = False
        self.partitions: Sequence[TopicPartition] = sorted(self._leaders)
        self.found: Offsets = {}
        self.codes: dict[TopicPartition, Unknown] = {}

    async def attempt(self, partitions: Sequence[TopicPartition]) -> Sequence[TopicPartition]:
        if self._again:
            await self._find_leaders(partitions)
        self._again = True
        by_leader: dict[int, list[TopicPartition]] = {}
        for key in partitions:
            by_leader.setdefault(self._leaders[key], []).append(key)
        for key in by_leader.pop(NO_LEADER, ()):
            self.found[key] = Unknown(Why.UNREACHABLE, "the partition has no leader")
        pieces = {
            (leader, i): piece
            for leader, keys in by_leader.items()
            for i, piece in enumerate(batches(keys, _PARTITIONS_PER_REQUEST))
        }
        answers = await self._client.all({k: self._three(k[0], p) for k, p in pieces.items()})
        again: list[TopicPartition] = []
        for place, answer in answers.items():
            if isinstance(answer, StewardError):
                self.found |= dict.fromkeys(pieces[place], unknown_of(answer))
            else:
                again += self._take(pieces[place], answer)
        return again

    async def _find_leaders(self, partitions: Sequence[TopicPartition]) -> None:
        names = frozenset(key.topic for key in partitions)
        reading = await read_topics(self._client, names, with_elr=False)
        self._leaders |= leaders_of(reading.value)

    async def _three(self, leader: int, partitions: Sequence[TopicPartition]) -> list[Any]:
        asked = {
            question: list_offsets(self._client, leader, partitions, *question)
            for question in _QUESTIONS
        }
        answers = await self._client.all(asked)
        for answer in answers.values():
            if isinstance(answer, StewardError):
                raise answer
        return [answers[question] for question in _QUESTIONS]

    def _take(
        self,
        partitions: Sequence[TopicPartition],
        answers: Sequence[Mapping[TopicPartition, tuple[int, int]]],
    ) -> list[TopicPartition]:
        again: list[TopicPartition] = []
        starts, ends, stables = answers
        for key in partitions:
            start, end, stable = starts.get(key), ends.get(key), stables.get(key)
            if start is None or end is None or stable is None:
                self.found[key] = Unknown(Why.REFUSED, "the leader's answer does not mention it")
                continue
            code = start[0] or end[0] or stable[0]
            if code == NONE:
                self.found[key] = PartitionOffsets(start[1], end[1], stable[1])
                continue
            why = unknown_of_code(code, acl=right("DESCRIBE", "topic", key.topic))
            self.found[key] = self.codes[key] = why
            if code in RETRIABLE:
                again.append(key)
        return again


async def list_offsets(
    client: Client,
    leader: int,
    partitions: Sequence[TopicPartition],
    timestamp: int,
    isolation: int,
) -> dict[TopicPartition, tuple[int, int]]:
    """Ask a leader for one offset of each partition; gives error code and offset."""
    topic_type, partition_type = (
        ListOffsetsRequest.ListOffsetsTopic,
        ListOffsetsRequest.ListOffsetsTopic.ListOffsetsPartition,
    )
    by_topic: dict[str, list[Any]] = {}
    for key in partitions:
        by_topic.setdefault(key.topic, []).append(
            partition_type(
                partition_index=key.partition,
                current_leader_epoch=-1,
                timestamp=timestamp,
                version=9,
            )
        )
    request = ListOffsetsRequest(
        replica_id=-1,
        isolation_level=isolation,
        topics=[topic_type(name=name, partitions=found) for name, found in by_topic.items()],
        max_version=9,
    )
    response = await client.ask(leader, request)
    return {
        TopicPartition(topic.name, p.partition_index): (p.error_code, p.offset)
        for topic in response.topics
        for p in topic.partitions
    }
