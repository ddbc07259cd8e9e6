"""Batches written through faults: each is stored once and in order, whatever answers are lost or late."""

import asyncio
import struct
from collections.abc import Awaitable, Coroutine, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.cluster.adapters.changes.raw_produce import (
    IN_FLIGHT,
    Client,
    Produced,
    init_producer_id,
    produce,
)
from steward.model.error import (
    BrokerRefused,
    ClusterUnreachable,
    DeadlineExceeded,
    NotAuthorized,
    StewardError,
)
from steward.records.restore.producing import PartitionSequence, ProducerIdentity, patched
from support.partition_log import Written, batch_of

PRODUCER = ProducerIdentity(77, 0)
OK, NOT_LEADER, TIMED_OUT, OUT_OF_ORDER, DENIED, TOO_LARGE = 0, 6, 7, 45, 29, 10
LOST_BEFORE, LOST_AFTER = "lost before", "lost after"


@dataclass
class Log:
    """A partition's log, by Kafka's rules for sequences: the last five batches of the producer are remembered."""

    batches: list[bytes] = field(default_factory=list)
    recent: list[tuple[int, int, int]] = field(default_factory=list)
    next_sequence: int = 0
    end: int = 0

    def append(self, batch: bytes) -> tuple[int, int]:
        _, _, sequence, count = struct.unpack_from(">qhii", batch, 43)
        for known, size, base in self.recent:
            if (known, size) == (sequence, count):
                return OK, base
        if sequence != self.next_sequence:
            return OUT_OF_ORDER, -1
        base, self.end = self.end, self.end + count
        self.batches.append(batch)
        self.recent = [*self.recent, (sequence, count, base)][-IN_FLIGHT:]
        self.next_sequence = (sequence + count) % 2**31
        return OK, base


class Cluster:
    """Two brokers and the partitions of one topic; each request meets the next fault, then none."""

    def __init__(self, partitions: int, faults: list[object]) -> None:
        self.logs = {n: Log() for n in range(partitions)}
        self.leaders = {n: n % 2 for n in range(partitions)}
        self.faults = list(faults)
        self.flying = self.most_flying = self.requests = 0

    def spawn(self, work: Coroutine[Any, Any, Any]) -> Awaitable[Any]:
        return asyncio.ensure_future(work)

    async def all(self, works: Mapping[int, Coroutine[Any, Any, Any]]) -> dict[int, Any]:
        done = await asyncio.gather(*works.values(), return_exceptions=True)
        for one in done:
            if isinstance(one, BaseException) and not isinstance(one, StewardError):
                raise one
        return dict(zip(works, done, strict=True))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    async def ask_any(self, request: Any) -> Any:
        code = self.faults.pop(0) if self.faults else OK
        return SimpleNamespace(error_code=code, producer_id=77, producer_epoch=0)

    async def ask_change(self, request: Any, broker: int | None = None) -> Any:
        self.requests += 1
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        fault = self.faults.pop(0) if self.faults else OK
        try:
            if fault == LOST_BEFORE:
                raise ClusterUnreachable("the connection was refused")
            (topic,) = request.topic_data
            numbers = [p.index for p in topic.partition_data]
            assert len(set(numbers)) == len(numbers), "two batches of one partition"
            answers = [self._answer(p, broker, fault) for p in topic.partition_data]
            await asyncio.sleep(0)
            if fault == LOST_AFTER:
                raise DeadlineExceeded("the connection was lost", may_have_happened=True)
            return SimpleNamespace(responses=[SimpleNamespace(partition_responses=answers)])
        finally:
            self.flying -= 1

    def _answer(self, part: Any, broker: int | None, fault: object) -> Any:
        code, base = (int(fault), -1) if isinstance(fault, int) else (OK, -1)
        if code == NOT_LEADER:
            self.leaders[part.index] = 1 - self.leaders[part.index]
        elif self.leaders[part.index] != broker:
            code = NOT_LEADER
        elif code in (OK, TIMED_OUT):
            stored, base = self.logs[part.index].append(part.records)
            code = stored if code == OK else code
        return SimpleNamespace(
            index=part.index, error_code=code, base_offset=base, error_message=None
        )

    async def find_leaders(self) -> Mapping[int, int]:
        return dict(self.leaders)


def written(cluster: Cluster, batches: Mapping[int, list[bytes]]) -> dict[int, Produced]:
    async def run() -> dict[int, Produced]:
        return await produce(
            client_of(cluster), "orders", batches, cluster.find_leaders, timeout_ms=1000
        )

    return asyncio.run(run())


def client_of(cluster: Any) -> Client:
    return cluster


def sealed(counts: list[int], start: int = 0) -> list[bytes]:
    sequence = PartitionSequence(start)
    return [
        bytes(patched(batch_of([Written(1, b"k", b"v")] * n), PRODUCER, sequence.take(n)))
        for n in counts
    ]


FAULTS = st.lists(
    st.sampled_from([OK, NOT_LEADER, TIMED_OUT, LOST_BEFORE, LOST_AFTER]), max_size=25
)
COUNTS = st.lists(st.lists(st.integers(1, 5), max_size=14), min_size=1, max_size=4)


@given(COUNTS, FAULTS, st.sampled_from([0, 2**31 - 7]))
@settings(max_examples=150)
def test_every_batch_is_stored_once_and_in_order_through_any_faults(
    counts: list[list[int]], faults: list[object], start: int
) -> None:
    batches = {n: sealed(own, start) for n, own in enumerate(counts)}
    cluster = Cluster(len(counts), faults)
    for log in cluster.logs.values():
        log.next_sequence = start
    found = written(cluster, batches)
    for number, own in batches.items():
        assert cluster.logs[number].batches == own
        bases = [sum(counts[number][:i]) for i in range(len(own))]
        assert found[number] == Produced(tuple(bases))


def test_at_most_five_requests_of_a_leader_are_in_flight_and_partitions_share_them() -> None:
    cluster = Cluster(3, [])
    cluster.leaders = dict.fromkeys(range(3), 0)
    written(cluster, {n: sealed([1] * 40) for n in range(3)})
    assert cluster.most_flying == IN_FLIGHT
    assert cluster.requests == 40


@pytest.mark.parametrize(
    ("code", "fault"), [(DENIED, NotAuthorized), (TOO_LARGE, BrokerRefused), (OUT_OF_ORDER, BrokerRefused)]
)  # fmt: skip
def test_a_refusal_ends_its_partition_with_what_was_acknowledged(
    code: int, fault: type[StewardError]
) -> None:
    cluster = Cluster(2, [OK, code])
    cluster.leaders = {0: 0, 1: 1}
    found = written(cluster, {0: sealed([1] * 4), 1: sealed([1])})
    assert isinstance(found[0].fault, fault)
    assert found[0].offsets == (0,)
    assert found[1] == Produced((0,))


def test_a_partition_without_leader_fails_after_some_rounds_and_others_go_on() -> None:
    cluster = Cluster(2, [])
    cluster.leaders[0] = -1
    found = written(cluster, {0: sealed([1]), 1: sealed([1, 2])})
    assert found[1] == Produced((0, 1))
    assert isinstance(found[0].fault, DeadlineExceeded)
    assert "no leader" in found[0].fault.summary


def test_a_producer_id_is_requested_again_while_the_coordinator_loads() -> None:
    cluster = Cluster(1, [14, 15])
    assert asyncio.run(init_producer_id(client_of(cluster))) == PRODUCER
    with pytest.raises(NotAuthorized, match="IDEMPOTENT_WRITE"):
        asyncio.run(init_producer_id(client_of(Cluster(1, [31]))))
