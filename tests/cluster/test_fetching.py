"""A fetch brings the first batch of every partition, also where it is larger than what was asked for (KIP-74)."""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.test_first_records import log_of
from steward.analysis.lag.timestamp_search import TimestampAtOffset
from steward.cluster.adapters import fetching
from steward.cluster.adapters.fetching import Fetched, FetchTarget, fetch
from steward.cluster.adapters.first_records import read_first_records
from steward.cluster.adapters.samples import read_samples
from steward.cluster.ports import Scope
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Observed, Unknown, Why
from steward.records.batches import batch_headers, stored_batches
from support.cluster_text import snapshot_of


class Leader:
    """Answers Fetch as a broker does: only the first partition with records may go beyond its limit."""

    def __init__(self, logs: Mapping[TopicPartition, bytes], ends: Mapping[TopicPartition, int]):
        self.logs, self.ends = logs, ends
        self.requests = 0

    async def ask(self, _broker: int, request: Any) -> Any:
        self.requests += 1
        is_first = True
        topics: list[Any] = []
        for topic in request.topics:
            answers: list[Any] = []
            for p in topic.partitions:
                key = TopicPartition(topic.topic, p.partition)
                records = self._read(key, p.fetch_offset, p.partition_max_bytes, is_first)
                is_first = is_first and not records
                answers.append(
                    SimpleNamespace(
                        partition_index=p.partition, error_code=0, records=records or None,
                        high_watermark=self.ends[key], last_stable_offset=self.ends[key],
                        aborted_transactions=None,
                    )
                )  # fmt: skip
            topics.append(SimpleNamespace(topic=topic.topic, partitions=answers))
        return SimpleNamespace(responses=topics)

    def _read(self, key: TopicPartition, offset: int, limit: int, is_first: bool) -> bytes:
        stored, at = self.logs[key], 0
        for batch in stored_batches(stored):
            header = batch.header
            if header.base_offset + header.last_offset_delta >= offset:
                if header.size_bytes > limit and not is_first:
                    return b""
                return stored[at : at + max(limit, header.size_bytes)]
            at += len(batch.data)
        return b""

    async def all(self, works: Mapping[Any, Any]) -> dict[Any, Any]:
        return {key: await work for key, work in works.items()}


def leader_of(sizes: list[int]) -> tuple[Leader, list[TopicPartition]]:
    """Make a partition for each size, with two batches whose values have it; 0: an empty partition."""
    logs: dict[TopicPartition, bytes] = {}
    ends: dict[TopicPartition, int] = {}
    for number, size in enumerate(sizes):
        key = TopicPartition("orders", number)
        batches = [("plain", "none", [1_000 + number, 7], size)] * 2 if size else []
        logs[key], _, ends[key] = log_of(batches)
    return Leader(logs, ends), list(logs)


SIZES = st.lists(st.sampled_from([0, 10, 300, 5_000]), min_size=1, max_size=12)


@given(SIZES, st.sampled_from([61, 500, 4_096]), st.booleans())
@settings(max_examples=200, deadline=None)
def test_every_partition_with_records_brings_its_first_batch(
    sizes: list[int], limit: int, committed: bool
) -> None:
    leader, keys = leader_of(sizes)
    found = asyncio.run(
        fetch(leader, 1, {key: FetchTarget(0, limit) for key in keys}, committed=committed)  # pyright: ignore
    )
    assert found.keys() == set(keys)
    for key, size in zip(keys, sizes, strict=True):
        assert found[key].too_large is None
        bases = [h.base_offset for h in batch_headers(found[key].records)]
        assert bases[:1] == ([0] if size else [])
    assert leader.requests <= 1 + sum(size > 0 for size in sizes)


def test_the_rest_beyond_the_budget_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    leader, keys = leader_of([5_000] * 4)
    monkeypatch.setattr(fetching, "_ALONE_BYTES", 1)
    found = asyncio.run(fetch(leader, 1, {key: FetchTarget(0, 100) for key in keys}))  # pyright: ignore
    assert [bool(found[key].records) for key in keys] == [True, True, False, False]
    why = found[keys[3]].too_large
    assert why is not None
    assert why.why is Why.TRUNCATED
    assert found[keys[0]].error_code == found[keys[3]].error_code == 0
    assert isinstance(found[keys[3]], Fetched)


def test_samples_and_first_records_have_large_batches_of_every_partition() -> None:
    leader, keys = leader_of([9_000, 10, 9_000, 9_000])
    listed = snapshot_of({"topics": {"orders": "4x"}}).topics
    assert isinstance(listed, Observed)
    offsets = {k: PartitionOffsets(0, leader.ends[k], leader.ends[k]) for k in keys}
    scope = Scope(sample_at=dict.fromkeys(keys, 0), sample_bytes_per_partition=4_096)
    read = asyncio.run(read_samples(leader, listed.value, offsets, scope))  # pyright: ignore
    for key in keys:
        sample = read.value[key]
        assert not isinstance(sample, Unknown)
        assert sample.batches[0].base_offset == 0
    wanted = {k: range(leader.ends[k]) for k in keys}
    records = asyncio.run(read_first_records(leader, wanted, dict.fromkeys(keys, 1)))  # pyright: ignore
    assert records == {k: TimestampAtOffset(0, 1_000 + k.partition) for k in keys}
