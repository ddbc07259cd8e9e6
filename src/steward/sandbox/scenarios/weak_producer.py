"""Weak producer beside a good one: acks=1, no idempotence, one uncompressed record per batch."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from steward.sandbox.scenarios.clients import admin
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import GOOD, Flow, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import end_offsets

PARTITIONS = 3
RATE_PER_S = 60.0
"""Of the small batches: 20 per second on each partition."""
ENOUGH = 90
"""Records that a topic needs before a sample of it is conclusive."""
TINY: Mapping[str, Any] = MappingProxyType(
    {
        "acks": 1,
        "enable.idempotence": False,
        "compression.type": "none",
        "linger.ms": 0,
        "batch.num.messages": 1,
        "partitioner": "murmur2_random",
    }
)
BULKY: Mapping[str, Any] = MappingProxyType(
    {**TINY, "linger.ms": 500, "batch.num.messages": 10_000}
)
_STRONG: Mapping[str, Any] = MappingProxyType(
    {**GOOD, "linger.ms": 500, "batch.num.messages": 1_000}
)


def run(run: ScenarioRun) -> None:
    """Start the weak and the good producers, on separate topics and on a shared one."""
    weak, bulk, good, shared = (run.name(name) for name in ("orders", "bulk", "payments", "shared"))
    create(
        run,
        *(ScenarioTopic(name=name, partitions=PARTITIONS) for name in (weak, bulk, good, shared)),
    )
    _start(run, "careless", weak, TINY, RATE_PER_S)
    _start(run, "loader", bulk, BULKY, RATE_PER_S / 2, value_bytes=1_024)
    _start(run, "careful", good, _STRONG, RATE_PER_S / 2)
    _start(run, "careless", shared, TINY, RATE_PER_S / 2)
    _start(run, "careful", shared, _STRONG, RATE_PER_S / 2)
    client = admin(run.sandbox)
    for topic in (weak, bulk, good, shared):
        run.until(
            lambda topic=topic: sum(end_offsets(client, topic).values()) >= ENOUGH,
            f"topic {topic} holds {ENOUGH} records",
        )


def _start(
    run: ScenarioRun,
    who: str,
    topic: str,
    settings: Mapping[str, Any],
    rate_per_s: float,
    *,
    value_bytes: int = 200,
) -> None:
    keys = even_keys(run.random(f"{who} {topic}"), 500)
    start_flow(
        run,
        Flow(
            client_id=run.name(who),
            topic=topic,
            keys=keys,
            rate_per_s=rate_per_s,
            value_bytes=value_bytes,
            settings=settings,
        ),
    )


SCENARIO = Scenario(
    name="weak-producer",
    summary="acks=1, no idempotence, tiny uncompressed batches, beside a good producer",
    injects=(
        "weak-producer.careless writes with acks=1, without idempotence, one record of 200 bytes "
        f"a batch, uncompressed to weak-producer.orders ({RATE_PER_S:.0f}/s) and .shared; "
        "weak-producer.loader is as weak but fills its batches of 1 KiB records, uncompressed, "
        "on .bulk. weak-producer.careful (acks=all, idempotent, lz4, full batches) writes alone "
        "to .payments, without findings, and to .shared. Left behind: the topics."
    ),
    finds=("producer_not_idempotent", "producer_acks_weak", "batches_tiny", "batches_uncompressed"),
    default_seconds=120,
    run=run,
)
