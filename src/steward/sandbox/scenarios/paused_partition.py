"""Paused partition: its member reads all others and never resumes this one."""

import threading

from steward.model.verdict import Cause
from steward.sandbox.scenarios.clients import admin
from steward.sandbox.scenarios.consuming import ConsumerMember, join, next_record
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed, committed_all, end_offsets

PARTITIONS = 4
PAUSED = 1
RATE_PER_S = 16.0
UNREAD = 60


def run(run: ScenarioRun) -> None:
    """Let a member read normally, then pause one of its partitions for good."""
    topic, group = run.name("orders"), run.name("mailer")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    keys = even_keys(run.random("keys"), 300)
    start_flow(run, Flow(client_id=run.name("shop"), topic=topic, keys=keys, rate_per_s=RATE_PER_S))
    member, pause = ConsumerMember(client_id=group, group=group, topics=[topic]), threading.Event()
    run.start(group, lambda: _read_then_pause(run, member, pause))
    committed_all(run, group, topic)
    run.let_past_be_seen()
    pause.set()
    client, where = admin(run.sandbox), (topic, PAUSED)
    run.until(
        lambda: end_offsets(client, topic)[where] - committed(run.sandbox, group)[where] >= UNREAD,
        f"partition {PAUSED} is not read",
    )


def _read_then_pause(run: ScenarioRun, member: ConsumerMember, pause: threading.Event) -> None:
    from confluent_kafka import TopicPartition

    client = join(run, member, member.settings)
    try:
        while run.going and not pause.is_set():
            next_record(run, client)
        client.pause([TopicPartition(member.topics[0], PAUSED)])
        while run.going:
            next_record(run, client)
    finally:
        client.close()


SCENARIO = Scenario(
    name="paused-partition",
    summary="a member has paused one of its partitions and never resumes it",
    injects=(
        f"Group paused-partition.mailer has one member for the {PARTITIONS} partitions of "
        f"paused-partition.orders ({RATE_PER_S:.0f} records a second) and keeps up, until it "
        f"pauses partition {PAUSED} and never resumes it. The others continue. Left behind: topic and "
        "group."
    ),
    finds=(),
    diagnosed={"mailer": Cause.PARTITION_PAUSED},
    default_seconds=180,
    run=run,
)
