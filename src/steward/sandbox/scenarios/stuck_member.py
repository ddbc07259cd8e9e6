"""Stuck member: it still sends heartbeats but no longer polls."""

import threading
from collections.abc import Mapping
from typing import Any

from steward.model.verdict import Cause
from steward.sandbox.scenarios.clients import admin
from steward.sandbox.scenarios.consuming import (
    CLASSIC,
    KIP_848,
    ConsumerMember,
    join,
    next_record,
    start_members,
)
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed, committed_all, end_offsets

PARTITIONS = 6
HEALTHY = 2
RATE_PER_S = 18.0
STUCK_RECORDS = 100
"""Unread records on the stuck member's partitions before the problem counts as present."""


def run(run: ScenarioRun) -> None:
    """Let three members read normally, then let one of them hang in its own code."""
    topic = run.name("orders")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    keys = even_keys(run.random("keys"), 300)
    start_flow(run, Flow(client_id=run.name("shop"), topic=topic, keys=keys, rate_per_s=RATE_PER_S))
    groups: dict[str, Mapping[str, Any]] = {run.name("billing"): CLASSIC}
    if run.kafka_line >= (4, 0):
        groups[run.name("shipping")] = KIP_848
    hang = threading.Event()
    for group, settings in groups.items():
        member = ConsumerMember(client_id=group, group=group, topics=[topic], settings=settings)
        start_members(run, HEALTHY, member)
        name = f"{group}-stuck"
        run.start(name, lambda member=member, name=name: _read_then_hang(run, member, name, hang))
    for group in groups:
        committed_all(run, group, topic)
    run.let_past_be_seen()
    hang.set()
    for group in groups:
        run.until(
            lambda group=group: _behind(run, group, topic) >= STUCK_RECORDS, f"{group} is stuck"
        )


def _read_then_hang(
    run: ScenarioRun, member: ConsumerMember, name: str, hang: threading.Event
) -> None:
    client = join(run, member, {**member.settings, "client.id": name})
    try:
        while run.going and not hang.is_set():
            next_record(run, client)
        run.pause(1e6)  # librdkafka's own threads still send heartbeats
    finally:
        client.close()


def _behind(run: ScenarioRun, group: str, topic: str) -> int:
    client = admin(run.sandbox)
    done, ends = committed(run.sandbox, group), end_offsets(client, topic)
    return max(end - done.get(where, 0) for where, end in ends.items())


SCENARIO = Scenario(
    name="stuck-member",
    summary="a member that no longer polls but still sends heartbeats",
    injects=(
        f"Topic stuck-member.orders with {PARTITIONS} partitions and {RATE_PER_S:.0f} records a "
        "second; the groups stuck-member.billing (classic) and stuck-member.shipping (consumer "
        "protocol, from Kafka 4.0) have three members each that keep up, until the one whose name "
        "ends in -stuck hangs in its own code: two partitions of each group stop, and the "
        "group stays stable. It would be evicted after max.poll.interval.ms (5 min). Left behind: "
        "topic and groups."
    ),
    finds=(),
    diagnosed={"billing": Cause.STUCK_CONSUMER, "shipping": Cause.STUCK_CONSUMER},
    default_seconds=240,
    run=run,
)
