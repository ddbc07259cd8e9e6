"""Keys and membership: a producer that sticks to one partition, members without work, no membership, members gone."""

import threading
import time
from collections.abc import Callable, Mapping

from confluent_kafka import TopicPartition

from steward.sandbox.scenarios.clients import admin, consumer, producer
from steward.sandbox.scenarios.consuming import ConsumerMember, consume, next_record, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import SMALL_BATCHES, Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import (
    committed,
    committed_all,
    members,
    partitions_of,
)

PAST, PAST_S = 4_000, 300
STICKY_RATE_PER_S = 60.0
STICKY_MS = 900_000
"""Longer than any run: records without a key stay with the partition that the first one went to."""
PARTITIONS, MEMBERS = 10, 12
CALM_RATE_PER_S = 6.0
IDLE_RATE_PER_S, SERVICE_S = 60.0, 0.25


def keyless_sticky(run: ScenarioRun) -> None:
    """Write records without keys through a sticky partitioner that never changes its mind."""
    topic, group = run.name("orders"), run.name("readers")
    create(run, ScenarioTopic(name=topic, partitions=6))
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
    member = ConsumerMember(client_id=group, group=group, topics=[topic], service_s=0.03)
    start_members(run, 3, member)
    run.until(lambda: bool(committed(run.sandbox, group)), f"group {group} commits")


def idle_members(run: ScenarioRun) -> None:
    """Let twelve members read ten partitions, and ten of them not keep up."""
    topic, group = run.name("orders"), run.name("readers")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    flow = Flow(
        client_id=run.name("shop"),
        topic=topic,
        keys=even_keys(run.random("keys"), 3_000),
        rate_per_s=IDLE_RATE_PER_S,
        settings=SMALL_BATCHES,
    )
    preload(run, flow, PAST, span_s=PAST_S)
    start_flow(run, flow)
    member = ConsumerMember(client_id=group, group=group, topics=[topic], service_s=SERVICE_S)
    start_members(run, MEMBERS, member)
    committed_all(run, group, topic)


def simple_consumer(run: ScenarioRun) -> None:
    """Let a consumer assign every partition to itself, keep up, and commit without being a member."""
    flow, group = _orders(run), run.name("readers")
    create(run, ScenarioTopic(name=flow.topic, partitions=6))
    start_flow(run, flow)
    partitions = partitions_of(admin(run.sandbox), flow.topic)

    def read() -> None:
        settings = {"group.id": group, "client.id": group, "enable.auto.commit": False}
        client = consumer(run.sandbox, settings)
        client.assign([TopicPartition(p.topic, p.partition, 0) for p in partitions])
        try:
            while run.going:
                message = next_record(run, client)
                if message is not None:
                    client.commit(message, asynchronous=False)
        finally:
            client.close()

    run.start(group, read)
    committed_all(run, group, flow.topic)


def members_gone(run: ScenarioRun) -> None:
    """Let two members keep up until that was seen, and then both leave, while records go on to arrive."""
    flow, group = _orders(run), run.name("readers")
    create(run, ScenarioTopic(name=flow.topic, partitions=6))
    start_flow(run, flow)
    enough = threading.Event()
    for number in (1, 2):
        member = ConsumerMember(client_id=f"{group}-{number}", group=group, topics=[flow.topic])
        run.start(
            member.client_id,
            lambda member=member: consume(run, member, member.settings, enough=enough),
        )
    committed_all(run, group, flow.topic)
    run.let_past_be_seen()
    enough.set()
    run.until(lambda: not members(run.sandbox, group), f"group {group} has no members")


def _orders(run: ScenarioRun) -> Flow:
    return Flow(
        client_id=run.name("shop"),
        topic=run.name("orders"),
        keys=even_keys(run.random("keys"), 300),
        rate_per_s=CALM_RATE_PER_S,
    )


TRIALS: Mapping[str, Callable[[ScenarioRun], None]] = {
    "keyless-sticky": keyless_sticky,
    "idle-members": idle_members,
    "healthy-simple-consumer": simple_consumer,
    "members-gone": members_gone,
}
