"""Requests encoded by scenarios themselves, in versions that every broker from 3.9 to 4.x understands."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from steward.sandbox.error import SandboxError
from steward.sandbox.scenarios.raw_connection import RawConnection, string

_PRODUCE, _OFFSET_COMMIT, _OFFSET_FETCH, _FIND_COORDINATOR = 0, 8, 9, 10
_DESCRIBE_GROUPS, _INIT_PRODUCER_ID, _ALTER_CLIENT_QUOTAS = 15, 22, 49
GROUP, TRANSACTION = 0, 1
"""Kinds of coordinators."""
_ALL_REPLICAS = -1
_EVERY_TOPIC = -1
_TIMEOUT_MS = 10_000
COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, COORDINATOR_LOADING = 15, 16, 14
CONCURRENT_TRANSACTIONS = 51
_NOT_YET = frozenset(
    {COORDINATOR_LOADING, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, CONCURRENT_TRANSACTIONS}
)


class RequestFailed(SandboxError):
    """A broker answered with an error; ``error`` is its number."""

    def __init__(self, request: str, error: int) -> None:
        super().__init__(f"{request} returned error {error}")
        self.error = error


class NotYet(RequestFailed):
    """A retriable error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerIdentity:
    """The identity of a transactional producer for brokers."""

    producer_id: int
    epoch: int


def coordinator_of(broker: RawConnection, name: str, kind: int) -> int:
    """Find the broker that coordinates a group or a transactional id (FindCoordinator v1)."""
    answer = broker.ask(_FIND_COORDINATOR, 1, string(name) + struct.pack(">b", kind))
    answer.int32()  # throttle time
    _check("FindCoordinator", answer.int16())
    answer.string()
    return answer.int32()


def committed_offsets(coordinator: RawConnection, group: str) -> dict[tuple[str, int], int]:
    """Return all commits of a group, by topic and partition (OffsetFetch v5)."""
    answer = coordinator.ask(_OFFSET_FETCH, 5, string(group) + struct.pack(">i", _EVERY_TOPIC))
    answer.int32()
    found: dict[tuple[str, int], int] = {}
    for _ in range(answer.int32()):
        topic = answer.string() or ""
        for _ in range(answer.int32()):
            where, offset = (topic, answer.int32()), answer.int64()
            answer.int32()  # leader epoch
            answer.string()
            answer.int16()
            if offset >= 0:
                found[where] = offset
    _check("OffsetFetch", answer.int16())
    return found


def commit_offset(
    coordinator: RawConnection, group: str, topic: str, partitions: Sequence[int], offset: int
) -> None:
    """Set the commits of a group without members on partitions of a topic (OffsetCommit v5)."""
    nobody = struct.pack(">i", -1) + string("")  # no generation and no member: an administrator
    rows = b"".join(struct.pack(">iq", number, offset) + string("") for number in partitions)
    one, count = struct.pack(">i", 1), struct.pack(">i", len(partitions))
    body = string(group) + nobody + one + string(topic) + count + rows
    answer = coordinator.ask(_OFFSET_COMMIT, 5, body)
    answer.int32()
    answer.int32()  # one topic
    answer.string()
    for _ in range(answer.int32()):
        answer.int32()
        _check("OffsetCommit", answer.int16())


def member_ids(coordinator: RawConnection, group: str) -> frozenset[str]:
    """Return the members of a group of the classic protocol; none if it does not exist (DescribeGroups v1)."""
    answer = coordinator.ask(_DESCRIBE_GROUPS, 1, struct.pack(">i", 1) + string(group))
    answer.int32()
    answer.int32()  # one group
    _check("DescribeGroups", answer.int16())
    for _ in ("group", "state", "protocol type", "protocol"):
        answer.string()
    found: set[str] = set()
    for _ in range(answer.int32()):
        found.add(answer.string() or "")
        answer.string()  # client id
        answer.string()  # host
        answer.data()  # subscription
        answer.data()  # assignment
    return frozenset(found)


def init_producer_id(
    coordinator: RawConnection, transactional_id: str, timeout_ms: int
) -> ProducerIdentity:
    """Register a transactional producer (InitProducerId v1)."""
    body = string(transactional_id) + struct.pack(">i", timeout_ms)
    answer = coordinator.ask(_INIT_PRODUCER_ID, 1, body)
    answer.int32()
    _check("InitProducerId", answer.int16())
    return ProducerIdentity(producer_id=answer.int64(), epoch=answer.int16())


def produce(
    leader: RawConnection, transactional_id: str, topic: str, partition: int, batch: bytes
) -> int:
    """Append a transactional batch and return its offset.

    Produce v7: before v12 the partition must be added to the transaction by a separate request (KIP-890).
    """
    head = string(transactional_id) + struct.pack(">hi", _ALL_REPLICAS, _TIMEOUT_MS)
    records = struct.pack(">ii", partition, len(batch)) + batch
    one = struct.pack(">i", 1)
    answer = leader.ask(_PRODUCE, 7, head + one + string(topic) + one + records)
    answer.int32()  # one topic
    answer.string()
    answer.int32()  # one partition
    answer.int32()
    _check("Produce", answer.int16())
    return answer.int64()


def alter_quotas(
    broker: RawConnection, entity: tuple[str, str], limits: Mapping[str, float | None]
) -> None:
    """Set client quotas of one entity, such as ("client-id", "loader"); None removes (AlterClientQuotas v0)."""
    kind, name = entity
    operations = b"".join(
        string(key) + struct.pack(">d?", value or 0.0, value is None)
        for key, value in sorted(limits.items())
    )
    one, count = struct.pack(">i", 1), struct.pack(">i", len(limits))
    body = one + one + string(kind) + string(name) + count + operations + b"\0"
    answer = broker.ask(_ALTER_CLIENT_QUOTAS, 0, body)
    answer.int32()
    answer.int32()  # one entry
    _check("AlterClientQuotas", answer.int16())


def _check(request: str, error: int) -> None:
    if error:
        raise (NotYet if error in _NOT_YET else RequestFailed)(request, error)
