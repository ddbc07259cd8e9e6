"""Produce requests of record batches as they are, idempotent: one batch per partition and request, acks=all.

A partition has at most five batches in flight, in order: so many does a broker remember of a producer. After a failure
the batches from the first unacknowledged one on are sent again, with the sequences that they have: what was written
already is acknowledged again, without being written.

Source: KIP-98, ProducerStateManager and ProduceRequest.validateRecords of Apache Kafka.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from steward.cluster.adapters.errors import (
    DENIALS,
    KAFKA_STORAGE_ERROR,
    NONE,
    RETRIABLE,
    UNKNOWN_TOPIC_OR_PARTITION,
    name_of,
    raise_for,
    right,
)
from steward.cluster.adapters.messages import InitProducerIdRequest, ProduceRequest
from steward.model.error import (
    BrokerRefused,
    ClusterUnreachable,
    DeadlineExceeded,
    NotAuthorized,
    StewardError,
)
from steward.records.restore.producing import ProducerIdentity

T = TypeVar("T")

IN_FLIGHT = 5
"""Batches of one producer that a broker remembers per partition, and requests per connection."""
MOST_REQUEST_BYTES = 8 * 1024 * 1024
_NAMES_UNTIL_VERSION = 12
_OLDEST_VERSION = 7
"""The first one that carries zstd (KIP-110)."""
_ALL_IN_SYNC = -1
_NO_TIMEOUT = 1
_NOT_ENOUGH_REPLICAS, _NOT_ENOUGH_REPLICAS_AFTER_APPEND = 19, 20
_OUT_OF_ORDER_SEQUENCE, _DUPLICATE_SEQUENCE = 45, 46
_CONCURRENT_TRANSACTIONS = 51
_AGAIN = RETRIABLE | {
    UNKNOWN_TOPIC_OR_PARTITION,
    _NOT_ENOUGH_REPLICAS,
    _NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    KAFKA_STORAGE_ERROR,
}
_ROUNDS = 30
"""Rounds in a row in which a partition makes no progress, before it fails."""
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 2.0
_UNKNOWN_OFFSET = -1


class Client(Protocol):
    """What is used of `KafkaClient`."""

    def spawn(self, work: Coroutine[Any, Any, T]) -> Awaitable[T]:
        """Start a coroutine concurrently."""
        ...

    async def all(self, works: Mapping[int, Coroutine[Any, Any, T]]) -> dict[int, T | StewardError]:
        """Run coroutines concurrently; a failed one returns its fault."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    async def ask_any(self, request: Any) -> Any:
        """Send a request to any broker."""
        ...

    async def ask_change(self, request: Any, broker: int | None = None) -> Any:
        """Send a request once."""
        ...


FindLeaders = Callable[[], Awaitable[Mapping[int, int]]]
"""Return the leader of each partition as it is now; -1 where there is none."""


@dataclass(slots=True)
class _Partition:
    batches: Sequence[bytes | bytearray]
    offsets: list[int] = field(default_factory=list[int])
    """of the acknowledged batches, in order"""
    fault: StewardError | None = None
    problem: str = ""
    rounds: int = 0

    @property
    def is_done(self) -> bool:
        return self.fault is not None or len(self.offsets) == len(self.batches)


@dataclass(frozen=True, slots=True)
class Produced:
    """The base offsets of the batches of one partition that were acknowledged, in order; -1: written, offset unknown.

    ``fault``: why the following ones were not; None where all were.
    """

    offsets: tuple[int, ...]
    fault: StewardError | None = None


async def init_producer_id(client: Client) -> ProducerIdentity:
    """Request a producer id for idempotent writes.

    Errors: NotAuthorized without WRITE on any topic; BrokerRefused, ClusterUnreachable, DeadlineExceeded.
    """
    request = InitProducerIdRequest(
        transactional_id=None,
        transaction_timeout_ms=_NO_TIMEOUT,
        producer_id=-1,
        producer_epoch=-1,
        max_version=4,
    )
    pause = _FIRST_PAUSE_SECONDS
    answer = await client.ask_any(request)
    for _ in range(_ROUNDS):
        if answer.error_code not in RETRIABLE | {_CONCURRENT_TRANSACTIONS}:
            break
        await client.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        answer = await client.ask_any(request)
    acl = right("IDEMPOTENT_WRITE", "cluster")
    raise_for(answer.error_code, what="InitProducerId", acl=acl)
    return ProducerIdentity(answer.producer_id, answer.producer_epoch)


async def produce(
    client: Client,
    topic: str,
    batches: Mapping[int, Sequence[bytes | bytearray]],
    find_leaders: FindLeaders,
    *,
    timeout_ms: int,
) -> dict[int, Produced]:
    """Write patched batches of each partition in their order, and return what was acknowledged.

    Each partition's batches continue the sequence of its earlier ones. A partition that fails does not stop others.
    Errors: StewardError where leaders cannot be read.
    """
    states = {number: _Partition(own) for number, own in batches.items()}
    pause = _FIRST_PAUSE_SECONDS
    leaders: Mapping[int, int] = {}
    while left := {n: s for n, s in states.items() if not s.is_done}:
        before = {n: len(s.offsets) for n, s in left.items()}
        leaders = leaders or await find_leaders()
        await _round(client, topic, left, leaders, timeout_ms)
        stuck = [s for n, s in left.items() if len(s.offsets) == before[n] and not s.is_done]
        for state in left.values():
            state.rounds = state.rounds + 1 if state in stuck else 0
            if state.rounds >= _ROUNDS and not state.is_done:
                state.fault = DeadlineExceeded(
                    f"topic {topic} accepts no batch: {state.problem}", may_have_happened=True
                )
        if any(not s.is_done for s in states.values()):
            leaders = {}
            await client.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS) if stuck else _FIRST_PAUSE_SECONDS
    return {n: Produced(tuple(s.offsets), s.fault) for n, s in states.items()}


async def _round(
    client: Client,
    topic: str,
    states: Mapping[int, _Partition],
    leaders: Mapping[int, int],
    timeout_ms: int,
) -> None:
    """Send to all leaders side by side, until each partition is done or has a failure."""
    by_leader: dict[int, dict[int, _Partition]] = {}
    for number, state in states.items():
        leader = leaders.get(number, -1)
        if leader < 0:
            state.problem = f"partition {number} has no leader"
        else:
            by_leader.setdefault(leader, {})[number] = state
    works = {
        leader: _Sender(client, topic, leader, own, timeout_ms).run()
        for leader, own in by_leader.items()
    }
    for fault in (await client.all(works)).values():
        if isinstance(fault, StewardError):
            raise fault


class _Sender:
    """Sends the batches of partitions to one leader, with up to five requests in flight."""

    def __init__(
        self,
        client: Client,
        topic: str,
        leader: int,
        states: Mapping[int, _Partition],
        timeout_ms: int,
    ) -> None:
        self._client = client
        self._topic = topic
        self._leader = leader
        self._states = states
        self._timeout_ms = timeout_ms
        self._next = {number: len(state.offsets) for number, state in states.items()}
        self._failed = set[int]()

    async def run(self) -> None:
        """Send until every partition is done or has failed in this round; a failed one sends nothing more."""
        flying: deque[tuple[list[int], Awaitable[Any]]] = deque()
        while True:
            while len(flying) < IN_FLIGHT and (chosen := self._choose()):
                request = self._request(chosen)
                flying.append((chosen, self._client.spawn(self._ask(request))))
            if not flying:
                return
            numbers, answer = flying.popleft()
            self._take(numbers, await answer)

    async def _ask(self, request: Any) -> Any:
        try:
            return await self._client.ask_change(request, self._leader)
        except (ClusterUnreachable, DeadlineExceeded) as fault:
            return fault

    def _choose(self) -> list[int]:
        """Return the partitions whose next batch goes into the next request, and count it as sent."""
        chosen: list[int] = []
        size = 0
        for number, state in self._states.items():
            place = self._next[number]
            if number in self._failed or place >= len(state.batches):
                continue
            size += len(state.batches[place])
            if chosen and size > MOST_REQUEST_BYTES:
                break
            chosen.append(number)
            self._next[number] = place + 1
        return chosen

    def _request(self, numbers: Sequence[int]) -> Any:
        topic_type = ProduceRequest.TopicProduceData
        partitions = [
            topic_type.PartitionProduceData(
                index=number,
                records=bytes(self._states[number].batches[self._next[number] - 1]),
            )
            for number in numbers
        ]
        return ProduceRequest(
            transactional_id=None,
            acks=_ALL_IN_SYNC,
            timeout_ms=self._timeout_ms,
            topic_data=[topic_type(name=self._topic, partition_data=partitions)],
            min_version=_OLDEST_VERSION,
            max_version=_NAMES_UNTIL_VERSION,
        )

    def _take(self, numbers: Sequence[int], answer: Any) -> None:
        if isinstance(answer, StewardError):
            for number in numbers:
                self._fail(number, answer.summary)
            return
        found = {p.index: p for topic in answer.responses for p in topic.partition_responses}
        for number in numbers:
            if number in self._failed:
                continue
            result = found.get(number)
            if result is None:
                self._fail(number, f"broker {self._leader} did not answer for partition {number}")
            elif result.error_code == NONE:
                self._states[number].offsets.append(result.base_offset)
            elif result.error_code == _DUPLICATE_SEQUENCE:
                self._states[number].offsets.append(_UNKNOWN_OFFSET)
            elif result.error_code in _AGAIN:
                self._fail(number, f"{name_of(result.error_code)} from broker {self._leader}")
            else:
                self._refuse(number, result)

    def _fail(self, number: int, problem: str) -> None:
        """Send the partition's unacknowledged batches again in the next round."""
        self._failed.add(number)
        self._states[number].problem = problem

    def _refuse(self, number: int, result: Any) -> None:
        self._failed.add(number)
        code, said = result.error_code, result.error_message
        what = f"partition {self._topic}-{number} refused a batch: {name_of(code)}"
        if code in DENIALS:
            acl = right("WRITE", "topic", self._topic)
            self._states[number].fault = NotAuthorized(f"{what}, needs {acl}", acl=acl)
            return
        summary = f"{what} ({said})" if said else what
        self._states[number].fault = BrokerRefused(summary, kafka_error=name_of(code))
