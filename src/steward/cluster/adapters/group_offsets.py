"""Committed offsets: OffsetFetch with many groups per request, DescribeShareGroupOffsets for share groups."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import (
    GROUP_ID_NOT_FOUND,
    NONE,
    RETRIABLE,
    UNKNOWN_TOPIC_OR_PARTITION,
    right,
    unknown_of,
    unknown_of_code,
)
from steward.cluster.adapters.groups import Listed, find_coordinators
from steward.cluster.adapters.messages import DescribeShareGroupOffsetsRequest, OffsetFetchRequest
from steward.cluster.adapters.part_result import ROUNDS, batches, in_rounds
from steward.model.error import StewardError
from steward.model.group import GroupOffsets, GroupType
from steward.model.names import TopicPartition
from steward.model.topic import Topic
from steward.model.unknown import Unknown, Why

_GROUPS_PER_REQUEST = 10
_NOT_COMMITTED = -1

OffsetsByGroup = dict[str, GroupOffsets | Unknown]


async def read_group_offsets(
    client: KafkaClient, listed: Sequence[Listed], topics: Sequence[Topic] | None
) -> OffsetsByGroup:
    """Read the committed offsets of groups, for all partitions or only the given topics.

    Shape: a group whose offsets failed maps to Unknown; a partition without a commit is absent.
    """
    reader = _Reader(client, listed, topics)
    left = await in_rounds(client, [g.id for g in listed], reader.attempt)
    for group in left:
        why = Unknown(Why.REFUSED, f"coordinator not ready after {ROUNDS} attempts")
        reader.found.setdefault(group, why)
    return dict(sorted(reader.found.items()))


class _Reader:
    """Asks coordinators in rounds; partition keys are created once and shared by all groups."""

    def __init__(
        self, client: KafkaClient, listed: Sequence[Listed], topics: Sequence[Topic] | None
    ) -> None:
        self._client = client
        self._types = {g.id: g.type for g in listed}
        self._coordinators = {g.id: g.coordinator for g in listed}
        self._topics = topics
        self._keys: dict[str, dict[int, TopicPartition]] = {}
        self._again = False
        self.found: OffsetsByGroup = {}

    async def attempt(self, groups: Sequence[str]) -> Sequence[str]:
        if self._again:
            self._coordinators |= await find_coordinators(self._client, groups)
        self._again = True
        pieces = self._pieces(groups)
        answers = await self._client.all({k: self._ask(k, piece) for k, piece in pieces.items()})
        again: list[str] = []
        for key, answer in answers.items():
            if isinstance(answer, StewardError):
                self.found |= dict.fromkeys(pieces[key], unknown_of(answer))
            else:
                again += answer
        return again

    def _pieces(self, groups: Sequence[str]) -> Mapping[tuple[int, bool, int], Sequence[str]]:
        by_place: dict[tuple[int, bool], list[str]] = {}
        for group in groups:
            place = (self._coordinators[group], self._types[group] is GroupType.SHARE)
            by_place.setdefault(place, []).append(group)
        return {
            (*place, i): piece
            for place, ids in by_place.items()
            for i, piece in enumerate(batches(ids, _GROUPS_PER_REQUEST))
        }

    async def _ask(self, place: tuple[int, bool, int], groups: Sequence[str]) -> list[str]:
        coordinator, is_share, _ = place
        request = self._share_request(groups) if is_share else self._request(groups)
        response = await self._client.ask(coordinator, request)
        convert = self._share_offsets if is_share else self._committed
        return [g.group_id for g in response.groups if self._take(g, convert)]

    def _request(self, groups: Sequence[str]) -> Any:
        group_type = OffsetFetchRequest.OffsetFetchRequestGroup
        topic_type = group_type.OffsetFetchRequestTopics
        topics = (
            None
            if self._topics is None
            else [
                topic_type(name=t.name, partition_indexes=[p.partition for p in t.partitions])
                for t in self._topics
            ]
        )
        return OffsetFetchRequest(
            groups=[group_type(group_id=group, topics=topics) for group in groups],
            require_stable=False,
            min_version=8,
            max_version=9,
        )

    def _share_request(self, groups: Sequence[str]) -> Any:
        message = cast("Any", DescribeShareGroupOffsetsRequest)
        group_type = message.DescribeShareGroupOffsetsRequestGroup
        topic_type = group_type.DescribeShareGroupOffsetsRequestTopic
        topics = (
            None
            if self._topics is None
            else [
                topic_type(topic_name=t.name, partitions=[p.partition for p in t.partitions])
                for t in self._topics
            ]
        )
        return message(groups=[group_type(group_id=group, topics=topics) for group in groups])

    def _take(self, answer: Any, convert: Any) -> bool:
        """Store one group's answer; return whether to retry."""
        code = answer.error_code
        if code == NONE:
            self.found[answer.group_id] = convert(answer)
        elif code in RETRIABLE:
            return True
        elif code != GROUP_ID_NOT_FOUND:
            acl = right("DESCRIBE", "group", answer.group_id)
            self.found[answer.group_id] = unknown_of_code(code, acl=acl)
        return False

    def _committed(self, answer: Any) -> GroupOffsets | Unknown:
        committed: dict[TopicPartition, int] = {}
        for topic in answer.topics:
            keys = self._keys.setdefault(topic.name, {})
            for p in topic.partitions:
                if p.error_code not in (NONE, UNKNOWN_TOPIC_OR_PARTITION):
                    acl = right("DESCRIBE", "topic", topic.name)
                    return unknown_of_code(p.error_code, acl=acl)
                if p.committed_offset != _NOT_COMMITTED:
                    committed[_key(keys, topic.name, p.partition_index)] = p.committed_offset
        return GroupOffsets(answer.group_id, committed)

    def _share_offsets(self, answer: Any) -> GroupOffsets | Unknown:
        committed: dict[TopicPartition, int] = {}
        for topic in answer.topics:
            keys = self._keys.setdefault(topic.topic_name, {})
            for p in topic.partitions:
                if p.error_code not in (NONE, UNKNOWN_TOPIC_OR_PARTITION):
                    acl = right("DESCRIBE", "topic", topic.topic_name)
                    return unknown_of_code(p.error_code, acl=acl)
                if p.start_offset != _NOT_COMMITTED:
                    committed[_key(keys, topic.topic_name, p.partition_index)] = p.start_offset
        return GroupOffsets(answer.group_id, committed)


def _key(keys: dict[int, TopicPartition], topic: str, partition: int) -> TopicPartition:
    key = keys.get(partition)
    if key is None:
        key = keys[partition] = TopicPartition(topic, partition)
    return key
