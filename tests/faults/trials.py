"""Troubles of keys and members: a producer without keys that sticks to one partition, members without work."""

import time
from collections.abc import Callable, Mapping

from steward.sandbox.scenarios.clients import producer
from steward.sandbox.scenarios.consuming import Member, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import SMALL_BATCHES, Flow, preload, start_flow
from steward.sandbox.scenarios.run import Run
from steward.sandbox.scenarios.topics import TopicSpec, create
from steward.sandbox.scenarios.watching import committed, committed_all

PAST, PAST_S = 4_000, 300
STICKY_RATE_PER_S = 60.0
STICKY_MS = 900_000
"""Longer than any run: records without a key stay with the partition that the first one went to."""
PARTITIONS, MEMBERS = 10, 12
IDLE_RATE_PER_S, SERVICE_S = 60.0, 0.25


def keyless_sticky(run: Run) -> None:
    """Write records without keys through a sticky partitioner that never changes its mind."""
    topic, group = run.name("orders"), run.name("readers")
    create(run, TopicSpec(name=topic, partitions=6))
    settings = {"client.id": run.name("shop"), "sticky.partitioning.linger.ms": STICKY_MS}
    client = producer(run.sandbox, settings)
    begun_ms = round(time.time() * 1_000) - PAST_S * 1_000
    for number in range(PAST):
        client.produce(topic, b"v" * 300, timestamp=begun_ms + number * PAST_S * 1_000 // PAST)
    client.flush(60)

    def write() -> None:
        while run.pause(0.1):
            for _ in range(round(STICKY_RATE_PER_S / 10)):
                client.produce(topic, b"v" * 300)
            client.poll(0)
        client.flush(4)

    run.start(run.name("shop"), write)
    member = Member(client_id=group, group=group, topics=[topic], service_s=0.03)
    start_members(run, 3, member)
    run.until(lambda: bool(committed(run.sandbox, group)), f"group {group} commits")


def idle_members(run: Run) -> None:
    """Let twelve members read ten partitions, and ten of them not keep up."""
    topic, group = run.name("orders"), run.name("readers")
    create(run, TopicSpec(name=topic, partitions=PARTITIONS))
    flow = Flow(
        client_id=run.name("shop"),
        topic=topic,
        keys=even_keys(run.random("keys"), 3_000),
        rate_per_s=IDLE_RATE_PER_S,
        settings=SMALL_BATCHES,
    )
    preload(run, flow, PAST, span_s=PAST_S)
    start_flow(run, flow)
    member = Member(client_id=group, group=group, topics=[topic], service_s=SERVICE_S)
    start_members(run, MEMBERS, member)
    committed_all(run, group, topic)


TRIALS: Mapping[str, Callable[[Run], None]] = {
    "keyless-sticky": keyless_sticky,
    "idle-members": idle_members,
}
