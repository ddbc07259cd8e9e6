"""Consumers of scenarios: members of a group, each its own client with its own processing time."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from steward.sandbox.error import SandboxError
from steward.sandbox.scenarios.clients import Login, consumer
from steward.sandbox.scenarios.run import ScenarioRun

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message

CLASSIC: Mapping[str, Any] = MappingProxyType(
    {
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": 10_000,
        "heartbeat.interval.ms": 1_000,
    }
)
KIP_848: Mapping[str, Any] = MappingProxyType({"group.protocol": "consumer"})
"""The consumer protocol: the coordinator assigns (brokers from 4.0)."""
BY_TURNS: Mapping[str, Any] = MappingProxyType({"fetch.message.max.bytes": 4_096})
"""Fetches few records at a time, so that a slow member alternates between its partitions.

One of the small batches fits: a broker omits every partition except the first whose next batch is larger (KIP-74).
"""
_POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerMember:
    """One consumer of a group."""

    client_id: str
    group: str
    topics: Sequence[str]
    service_s: float = 0.0
    """Processing time per record, spent waiting: the processors are left to the brokers."""
    settings: Mapping[str, Any] = field(default_factory=lambda: CLASSIC)
    login: Login | None = None


def start_members(
    run: ScenarioRun, count: int, member: ConsumerMember, *, static: bool = False
) -> None:
    """Consume with ``count`` members until the run is over; ``static`` gives each a group.instance.id."""
    for number in range(1, count + 1):
        client_id = f"{member.client_id}-{number}"
        identity = {"client.id": client_id}
        if static:
            identity["group.instance.id"] = client_id
        settings = {**member.settings, **identity}
        run.start(client_id, lambda settings=settings: consume(run, member, settings))


def consume(
    run: ScenarioRun,
    member: ConsumerMember,
    settings: Mapping[str, Any],
    *,
    seconds: float = 1e9,
    enough: threading.Event | None = None,
) -> None:
    """Be one member until the run ends, the time is over or enough is read, then leave."""
    client = join(run, member, settings)
    end = time.monotonic() + seconds
    try:
        while run.going and time.monotonic() < end and not (enough and enough.is_set()):
            if next_record(run, client) is not None and member.service_s:
                run.pause(member.service_s)
    finally:
        client.close()


def read_and_leave(run: ScenarioRun, member: ConsumerMember, count: int) -> None:
    """Read a number of records, commit, and leave the group.

    Errors: SandboxError if they do not arrive in time.
    """
    client = join(run, member, {"enable.auto.commit": False})
    seen = 0

    def read() -> bool:
        nonlocal seen
        while seen < count and run.going and next_record(run, client) is not None:
            seen += 1
        return seen >= count

    try:
        run.until(read, f"group {member.group} has read {count} records")
        client.commit(asynchronous=False)
    finally:
        client.close()


def join(run: ScenarioRun, member: ConsumerMember, settings: Mapping[str, Any]) -> "Consumer":
    """Create a consumer of the member's group and subscribe."""
    basis = {
        "group.id": member.group,
        "client.id": member.client_id,
        "auto.offset.reset": "earliest",
        "auto.commit.interval.ms": 1_000,
        # little prefetch, so that a slow member alternates between its partitions
        "queued.min.messages": 10,
        "fetch.queue.backoff.ms": 200,
        "fetch.message.max.bytes": 65_536,
    }
    client = consumer(run.sandbox, {**basis, **member.settings, **settings}, member.login)
    client.subscribe(list(member.topics))
    return client


def next_record(run: ScenarioRun, client: "Consumer") -> "Message | None":
    """Poll once; None if no record arrived.

    Errors: SandboxError if the consumer fails.
    """
    message = client.poll(_POLL_S)
    error = message.error() if message is not None else None
    if error is not None and error.fatal():
        raise SandboxError(f"scenario {run.prefix}: a consumer was refused: {error.str()}")
    return None if error is not None else message
