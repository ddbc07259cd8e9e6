"""The first record at or after an offset, by small Fetch requests: its offset and timestamp, never its value."""

from collections.abc import Mapping
from dataclasses import dataclass

from steward.analysis.lag.timestamp_search import TimestampAtOffset
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import NONE, right, unknown_of, unknown_of_code
from steward.cluster.adapters.fetching import Fetched, FetchTarget, fetch
from steward.cluster.adapters.part_result import batches
from steward.model.batch import BatchHeader
from steward.model.error import StewardError
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown, Why
from steward.records.batches import stored_batches
from steward.records.record_heads import record_heads

_FIRST_BYTES = 4 * 1024
_LARGEST_BYTES = 2 * 1024 * 1024
_TOTAL_BYTES = 32 * 1024 * 1024
"""Budget of larger fetches, beyond the first few kilobytes of each partition."""
_PARTITIONS_PER_REQUEST = 50
_ROUNDS = 6

OffsetRanges = Mapping[TopicPartition, range]
FirstRecord = TimestampAtOffset | Unknown | None


@dataclass(frozen=True, slots=True)
class FetchAgain:
    """What to fetch next, where an answer ended before the record."""

    aim: FetchTarget


async def read_first_records(
    client: KafkaClient, wanted: OffsetRanges, leaders: Mapping[TopicPartition, int]
) -> dict[TopicPartition, FirstRecord]:
    """Read the first record of each range of offsets; None where a range holds only markers or compaction gaps.

    More is fetched where a record is deep in its batch, within a budget. ``leaders`` is -1, or has no entry, for a
    partition without a leader.
    """
    found: dict[TopicPartition, FirstRecord] = {}
    aims = {p: FetchTarget(offsets.start, _FIRST_BYTES) for p, offsets in wanted.items()}
    left = _TOTAL_BYTES
    for _ in range(_ROUNDS):
        outcomes = await _fetched(client, aims, wanted, leaders)
        aims = {}
        for partition, outcome in sorted(outcomes.items()):
            if not isinstance(outcome, FetchAgain):
                found[partition] = outcome
            elif outcome.aim.bytes <= min(left, _LARGEST_BYTES):
                left -= outcome.aim.bytes
                aims[partition] = outcome.aim
            else:
                found[partition] = _too_large(outcome.aim)
        if not aims:
            break
    return found | {p: _too_large(aim) for p, aim in aims.items()}


def _too_large(aim: FetchTarget) -> Unknown:
    return Unknown(
        Why.TRUNCATED, f"the record at offset {aim.from_offset} is too deep in its batch"
    )


async def _fetched(
    client: KafkaClient,
    aims: Mapping[TopicPartition, FetchTarget],
    wanted: OffsetRanges,
    leaders: Mapping[TopicPartition, int],
) -> dict[TopicPartition, FirstRecord | FetchAgain]:
    by_leader: dict[int, list[TopicPartition]] = {}
    for partition in sorted(aims):
        by_leader.setdefault(leaders.get(partition, -1), []).append(partition)
    found: dict[TopicPartition, FirstRecord | FetchAgain] = {
        p: Unknown(Why.UNREACHABLE, f"{p} has no leader") for p in by_leader.pop(-1, ())
    }
    pieces = {
        (leader, i): piece
        for leader, partitions in by_leader.items()
        for i, piece in enumerate(batches(partitions, _PARTITIONS_PER_REQUEST))
    }
    works = {k: fetch(client, k[0], {p: aims[p] for p in piece}) for k, piece in pieces.items()}
    for key, answer in (await client.all(works)).items():
        for partition in pieces[key]:
            found[partition] = (
                unknown_of(answer)
                if isinstance(answer, StewardError)
                else _outcome(partition, answer.get(partition), wanted[partition], aims[partition])
            )
    return found


def _outcome(
    partition: TopicPartition, answer: Fetched | None, offsets: range, aim: FetchTarget
) -> FirstRecord | FetchAgain:
    if answer is None:
        return Unknown(Why.REFUSED, "the leader's answer does not mention the partition")
    if answer.error_code != NONE:
        return unknown_of_code(answer.error_code, acl=right("READ", "topic", partition.topic))
    return answer.too_large or first_record(answer.records, offsets, aim)


def first_record(records: bytes, offsets: range, aim: FetchTarget) -> FirstRecord | FetchAgain:
    """Find the first record at or after the start of the range in a fetched answer."""
    reached = aim.from_offset
    for stored in stored_batches(records):
        header, batch = stored.header, stored.data
        last = header.base_offset + header.last_offset_delta
        if header.magic < 2:
            return Unknown(Why.REFUSED, "records are stored in a format older than version 2")
        if last >= offsets.start and not header.is_control and header.record_count:
            outcome = _first_in(header, batch, offsets.start, aim)
            if outcome is not None:
                return outcome
        reached = max(reached, last + 1)
    if reached >= offsets.stop:
        return None
    if reached > aim.from_offset:
        return FetchAgain(FetchTarget(reached, aim.bytes))
    return Unknown(Why.REFUSED, f"a fetch at offset {reached} returned nothing")


def _first_in(
    header: BatchHeader, batch: memoryview, start: int, aim: FetchTarget
) -> TimestampAtOffset | Unknown | FetchAgain | None:
    """Find the record in a batch that extends beyond the start; None where it holds none from there on."""
    if header.is_log_append_time and header.record_count == header.last_offset_delta + 1:
        return TimestampAtOffset(max(start, header.base_offset), header.max_timestamp_ms)
    count = 0
    for head in record_heads(header, batch):
        if head.offset >= start:
            return TimestampAtOffset(head.offset, head.timestamp_ms)
        count += 1
    if count == header.record_count:
        return None
    if len(batch) < header.size_bytes:
        return _whole(header, aim)
    return Unknown(Why.REFUSED, f"a batch of codec {header.codec} could not be read completely")


def _whole(header: BatchHeader, aim: FetchTarget) -> Unknown | FetchAgain:
    """Fetch a batch again from its own start, at its full size."""
    at = max(aim.from_offset, header.base_offset)
    if at == aim.from_offset and aim.bytes >= header.size_bytes:
        return Unknown(Why.REFUSED, "a batch was returned incomplete")
    return FetchAgain(FetchTarget(at, header.size_bytes))
