"""Requests to each partition's leader: split by leader, retried at the new leader after a failover."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import NONE, RETRIABLE, unknown_of, unknown_of_code
from steward.cluster.adapters.part_result import batches, in_rounds
from steward.cluster.adapters.topics import read_topics
from steward.model.error import StewardError
from steward.model.names import TopicPartition
from steward.model.topic import Topic
from steward.model.unknown import Unknown, Why

A = TypeVar("A")

NO_LEADER = -1
_NOT_MENTIONED = Unknown(Why.REFUSED, "the leader's answer does not mention the partition")

Answers = Mapping[TopicPartition, tuple[int, A | None]]
"""Error code, and the answer where the code is 0."""


class LeaderQuestion(Generic[A]):
    """Sends one kind of request for many partitions.

    ``ask(leader, partitions)`` returns error code and answer of each; ``acl`` names the ACL that a denied partition
    needs.
    """

    def __init__(
        self,
        client: KafkaClient,
        ask: Callable[[int, Sequence[TopicPartition]], Awaitable[Answers[A]]],
        acl: Callable[[TopicPartition], str],
        *,
        batch: int,
    ) -> None:
        self._client = client
        self._ask = ask
        self._acl = acl
        self._batch = batch
        self._leaders: dict[TopicPartition, int] = {}
        self._asked = False
        self._found: dict[TopicPartition, A | Unknown] = {}

    async def of(
        self, topics: Sequence[Topic], only: Sequence[TopicPartition] | None = None
    ) -> dict[TopicPartition, A | Unknown]:
        """Send the request for every partition of the topics, or some; a failed partition maps to Unknown."""
        self._leaders = {p.key: p.leader for topic in topics for p in topic.partitions}
        partitions = sorted(self._leaders if only is None else only)
        await in_rounds(self._client, partitions, self._attempt)
        return {key: self._found[key] for key in partitions}

    async def _attempt(self, partitions: Sequence[TopicPartition]) -> Sequence[TopicPartition]:
        if self._asked:
            await self._find_leaders(partitions)
        self._asked = True
        pieces = self._pieces(partitions)
        answers = await self._client.all({k: self._one(k[0], p) for k, p in pieces.items()})
        again: list[TopicPartition] = []
        for place, answer in answers.items():
            if isinstance(answer, StewardError):
                self._found |= dict.fromkeys(pieces[place], unknown_of(answer))
            else:
                again += self._take(pieces[place], answer)
        return again

    async def _one(self, leader: int, partitions: Sequence[TopicPartition]) -> Answers[A]:
        return await self._ask(leader, partitions)

    def _pieces(
        self, partitions: Sequence[TopicPartition]
    ) -> dict[tuple[int, int], Sequence[TopicPartition]]:
        by_leader: dict[int, list[TopicPartition]] = {}
        for key in partitions:
            by_leader.setdefault(self._leaders[key], []).append(key)
        for key in by_leader.pop(NO_LEADER, ()):
            self._found[key] = Unknown(Why.UNREACHABLE, f"{key} has no leader")
        return {
            (leader, i): piece
            for leader, keys in by_leader.items()
            for i, piece in enumerate(batches(keys, self._batch))
        }

    async def _find_leaders(self, partitions: Sequence[TopicPartition]) -> None:
        names = frozenset(key.topic for key in partitions)
        reading = await read_topics(self._client, names, with_elr=False)
        self._leaders |= {p.key: p.leader for topic in reading.value for p in topic.partitions}

    def _take(
        self, partitions: Sequence[TopicPartition], answers: Answers[A]
    ) -> list[TopicPartition]:
        again: list[TopicPartition] = []
        for key in partitions:
            code, answer = answers.get(key, (NONE, None))
            if code == NONE:
                self._found[key] = _NOT_MENTIONED if answer is None else answer
                continue
            self._found[key] = unknown_of_code(code, acl=self._acl(key))
            if code in RETRIABLE:
                again.append(key)
        return again


def by_topic(partitions: Sequence[TopicPartition]) -> dict[str, list[int]]:
    """Group partition numbers by topic, as requests need them."""
    found: dict[str, list[int]] = {}
    for key in partitions:
        found.setdefault(key.topic, []).append(key.partition)
    return found
