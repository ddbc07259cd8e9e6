"""Producers of scenarios: a paced flow of records, and a backlog written at once."""

import random
import string
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from steward.model.command import Hint, steward
from steward.sandbox.error import SandboxError
from steward.sandbox.scenarios.clients import Login, producer
from steward.sandbox.scenarios.run import ScenarioRun

if TYPE_CHECKING:
    from confluent_kafka import Producer

GOOD: Mapping[str, Any] = MappingProxyType(
    {
        "acks": "all",
        "enable.idempotence": True,
        "compression.type": "lz4",
        "linger.ms": 100,
        "batch.num.messages": 20,
        "partitioner": "murmur2_random",
    }
)
"""Settings without audit findings; the partitioner is that of the Java client."""
SMALL_BATCHES: Mapping[str, Any] = MappingProxyType({**GOOD, "batch.num.messages": 10})
"""So that consumers with small fetches get few records."""
_NOTES = "".join(random.Random(1).choices(string.ascii_letters, k=4_096)).encode()  # noqa: S311
_TICK_S = 0.1
_FLUSH_S = 4.0
_PRELOAD_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Records that one client produces to one topic."""

    client_id: str
    topic: str
    keys: Iterator[bytes]
    rate_per_s: float
    value_bytes: int = 300
    settings: Mapping[str, Any] = field(default_factory=lambda: GOOD)
    login: Login | None = None
    partition: int = -1
    """Partition of the records; -1 lets the keys decide."""


def start_flow(run: ScenarioRun, flow: Flow) -> None:
    """Produce at the flow's rate until the run is over."""
    run.start(flow.client_id, lambda: _produce(run, flow))


def preload(run: ScenarioRun, flow: Flow, count: int, *, span_s: float) -> None:
    """Write ``count`` records at once, timestamped (CreateTime) evenly over the last ``span_s`` seconds.

    Errors: SandboxError if they are not all acknowledged.
    """
    client = _producer(run, flow)
    begin_ms = time.time() * 1_000 - span_s * 1_000
    for number in range(count):
        _send(client, flow, number, round(begin_ms + number * span_s * 1_000 / count))
    left = client.flush(_PRELOAD_S)
    if left:
        raise SandboxError(
            f"scenario {run.prefix}: {left} of {count} records for {flow.topic} not acknowledged",
            remedy=Hint("Check it with: ", steward("sandbox status", name=run.sandbox.name)),
        )


def value_of(key: bytes, number: int, size_bytes: int) -> bytes:
    """Return a value of a given size: a JSON document with a note that does not compress well."""
    head = b'{"id":%d,"customer":"%s","note":"' % (number, key)
    missing = max(0, size_bytes - len(head) - 2)
    at = number * 131 % len(_NOTES)
    return head + (_NOTES + _NOTES)[at : at + missing] + b'"}'


def _produce(run: ScenarioRun, flow: Flow) -> None:
    client = _producer(run, flow)
    begun = time.monotonic()
    sent = 0
    while run.pause(_TICK_S):
        due = int((time.monotonic() - begun) * flow.rate_per_s) - sent
        for _ in range(due):
            if not _offer(client, flow, sent):
                begun = (
                    time.monotonic() - sent / flow.rate_per_s
                )  # what did not fit is not made up for
                break
            sent += 1
        client.poll(0)
    client.flush(_FLUSH_S)
    client.purge()


def _producer(run: ScenarioRun, flow: Flow) -> "Producer":
    return producer(run.sandbox, {"client.id": flow.client_id, **flow.settings}, flow.login)


def _offer(client: "Producer", flow: Flow, number: int) -> bool:
    try:
        _send(client, flow, number, 0)
    except BufferError:
        return False
    return True


def _send(client: "Producer", flow: Flow, number: int, timestamp_ms: int) -> None:
    key = next(flow.keys)
    value = value_of(key, number, flow.value_bytes)
    client.produce(flow.topic, value, key, flow.partition, timestamp=timestamp_ms)
