"""Keys of stored records, sampled by bounded Fetch requests at offsets spread over a range; no group is joined."""

import secrets
from collections.abc import Mapping, Sequence
from functools import cache

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import right
from steward.cluster.adapters.fetching import Fetched, FetchTarget, fetch
from steward.cluster.adapters.leader_requests import Answers, LeaderQuestion
from steward.cluster.ports import Scope
from steward.model.names import TopicPartition
from steward.model.record_key import KeySample
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import Unknown
from steward.records.key_tally import KeyTally

WINDOWS = 8
_LEAST_WINDOW_BYTES = 4 * 1024
_PARTITIONS_PER_REQUEST = 50

KeySamples = dict[TopicPartition, KeySample | Unknown]


@cache
def _secret() -> bytes:
    """Return the secret for key digests: digests are equal within one run of steward and meaningless outside it."""
    return secrets.token_bytes(32)


async def read_key_samples(
    client: KafkaClient,
    topics: Sequence[Topic],
    offsets: Mapping[TopicPartition, PartitionOffsets | Unknown],
    scope: Scope,
) -> KeySamples:
    """Sample keys of partitions within the scope's ranges and byte budget.

    Shape: an empty partition is absent; one that was denied, or could not be decoded, maps to Unknown.
    """
    ranges, found = _ranges(offsets, scope)
    if ranges:
        found |= await _Sampling(client, topics, ranges, scope.key_bytes).run()
    return dict(sorted(found.items()))


def _ranges(
    offsets: Mapping[TopicPartition, PartitionOffsets | Unknown], scope: Scope
) -> tuple[dict[TopicPartition, tuple[int, int]], KeySamples]:
    """Limit the ranges to what is stored and stable."""
    ranges: dict[TopicPartition, tuple[int, int]] = {}
    found: KeySamples = {}
    for key, known in offsets.items():
        if scope.key_ranges is not None and key not in scope.key_ranges:
            continue
        if isinstance(known, Unknown):
            found[key] = known
            continue
        stable = known.last_stable if known.last_stable >= 0 else known.end
        first, last = (known.start, stable) if scope.key_ranges is None else scope.key_ranges[key]
        first, last = max(first, known.start), min(last, stable)
        if first < last:
            ranges[key] = (first, last)
    return ranges, found


class _Sampling:
    """One sample: one window of each partition after another, until all windows are read or the budget is spent."""

    def __init__(
        self,
        client: KafkaClient,
        topics: Sequence[Topic],
        ranges: Mapping[TopicPartition, tuple[int, int]],
        most_bytes: int,
    ) -> None:
        self._client = client
        self._topics = topics
        self._ranges = ranges
        self._each = most_bytes // len(ranges)
        self._tallies = {key: KeyTally(key, _secret()) for key in ranges}
        self._failed: KeySamples = {}

    async def run(self) -> KeySamples:
        for window in range(WINDOWS):
            aims = self._aims(window)
            if aims:
                self._take(await self._ask(aims))
        return {key: self._failed.get(key) or t.sample() for key, t in self._tallies.items()}

    def _aims(self, window: int) -> dict[TopicPartition, FetchTarget]:
        """Return where to read next: the window's offset, or the end of what was already read if that is later."""
        size = max(_LEAST_WINDOW_BYTES, self._each // WINDOWS)
        aims: dict[TopicPartition, FetchTarget] = {}
        for key, (first, last) in self._ranges.items():
            tally = self._tallies[key]
            begin = max(first + (last - first) * window // WINDOWS, tally.next_offset)
            left = self._each - tally.bytes_read
            if key not in self._failed and begin < last and (left > 0 or not tally.bytes_read):
                aims[key] = FetchTarget(begin, max(1, min(size, left)))
        return aims

    async def _ask(
        self, aims: Mapping[TopicPartition, FetchTarget]
    ) -> Mapping[TopicPartition, Fetched | Unknown]:
        async def ask(
            leader: int, partitions: Sequence[TopicPartition]
        ) -> Answers[Fetched | Unknown]:
            wanted = {key: aims[key] for key in partitions}
            answers = await fetch(self._client, leader, wanted, committed=True)
            return {key: (got.error_code, got.too_large or got) for key, got in answers.items()}

        def acl(key: TopicPartition) -> str:
            return right("READ", "topic", key.topic)

        question = LeaderQuestion(self._client, ask, acl, batch=_PARTITIONS_PER_REQUEST)
        return await question.of(self._topics, list(aims))

    def _take(self, answers: Mapping[TopicPartition, Fetched | Unknown]) -> None:
        for key, answer in answers.items():
            if isinstance(answer, Unknown):
                self._failed[key] = answer
            else:
                self._tallies[key].add(answer.records, answer.aborted)
