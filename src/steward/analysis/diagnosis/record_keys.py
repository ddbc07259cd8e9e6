"""Patterns in a sample of record keys (none, one, few or many), and which partitions to sample."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.model.finding import Evidence
from steward.model.names import TopicPartition
from steward.model.record_key import KeySample, Share
from steward.model.unknown import Unknown, Why
from steward.model.wording import size

FEW = 10
"""Number of distinct keys up to which hashing cannot spread a topic evenly."""
SAMPLE_SECONDS = 300.0
"""Seconds of recent arrivals that a sample covers."""
_LEAST_RECORDS = 2_000
_KEYED = 0.01
"""Share of records with a key from which a topic counts as keyed."""


class KeyPattern(StrEnum):
    """Pattern of the record keys in a partition."""

    NO_KEYS = "no keys"
    ONE_KEY = "one key"
    FEW_KEYS = "few keys"
    MANY_KEYS = "many keys"


def pattern_of(sample: KeySample, excess: float) -> KeyPattern:
    """Return which key pattern brings a partition more than its fair share.

    ``excess`` is the share of its records above its fair share, 0 to 1. One key, or records without a key, explain
    it if they make up half of that.
    """
    top = sample.frequent[0].share.value if sample.frequent else 0.0
    least = excess / 2
    if sample.keyless_share.value >= max(least, top):
        return KeyPattern.NO_KEYS
    if top >= least:
        return KeyPattern.ONE_KEY
    return KeyPattern.FEW_KEYS if sample.distinct <= FEW else KeyPattern.MANY_KEYS


def sample_of(case: DiagnosisInput, partition: TopicPartition) -> KeySample | Unknown:
    """Return a partition's key sample, or why there is none."""
    return case.keys.get(partition, Unknown(Why.NOT_REQUESTED, "record keys were not sampled"))


def is_keyed(sample: KeySample) -> bool:
    """Return whether more than one record in a hundred has a key."""
    return sample.records - sample.keyless > _KEYED * sample.records


def ranges_of(rows: Iterable[PartitionSummary]) -> Mapping[TopicPartition, tuple[int, int]]:
    """Return the offsets to sample: the last five minutes of each partition, and at least 2,000 records."""
    found: dict[TopicPartition, tuple[int, int]] = {}
    for row in rows:
        end = row.lag.end_offset
        if isinstance(end, int):
            records = max(_LEAST_RECORDS, round(row.arrivals * SAMPLE_SECONDS))
            found[row.partition] = (max(0, end - records), end)
    return found


def key_evidence(sample: KeySample) -> tuple[Evidence, ...]:
    """Return the sample as evidence: the number of records without a key, and the most frequent key."""
    source = f"Fetch, {size(sample.bytes_read)}, offsets {sample.first_offset:,} to {sample.last_offset:,}"
    found = [
        Evidence(
            source,
            f"sampled records of {sample.partition} without a key",
            f"{sample.keyless:,} of {sample.records:,}",
        )
    ]
    if sample.frequent:
        top = sample.frequent[0]
        found.append(
            Evidence(
                source,
                "most frequent key",
                f"{bounded(top.share)} of the records, digest {top.digest}; {sample.distinct:,} distinct keys",
            )
        )
    return tuple(found)


def bounded(share: Share) -> str:
    """Write a share with its bounds: ``75% (71% to 79%)``."""
    low, high = round(share.low * 100), round(share.high * 100)
    text = f"{share.value * 100:.0f}%"
    return text if low == high else f"{text} ({low}% to {high}%)"
