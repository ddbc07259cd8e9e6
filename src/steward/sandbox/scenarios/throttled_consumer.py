"""Throttled consumer: a consumer_byte_rate below the arrival rate, so brokers delay its fetches."""

import threading
from dataclasses import replace

from steward.model.verdict import Cause
from steward.sandbox.scenarios.consuming import CLASSIC, ConsumerMember, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.limits import limited, when_throttled
from steward.sandbox.scenarios.producing import GOOD, Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed_all

PARTITIONS = 6
LIMIT_BYTES_PER_S = 8 * 1_024
"""Per broker, of three."""
VALUE_BYTES = 1_024
RATE_PER_S = 48.0
PAST = 1_500
PAST_S = 90


def run(run: ScenarioRun) -> None:
    """Limit a consumer to half of the arrival rate."""
    topic, group = run.name("clicks"), run.name("exporter")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    flow = Flow(
        client_id=run.name("site"),
        topic=topic,
        keys=even_keys(run.random("keys"), 500),
        rate_per_s=RATE_PER_S,
        value_bytes=VALUE_BYTES,
        # small batches, fetched one by one: a large answer would be followed by a long throttle
        settings={**GOOD, "compression.type": "none", "batch.num.messages": 4},
    )
    preload(run, flow, PAST, span_s=PAST_S)
    start_flow(run, flow)
    throttled = threading.Event()
    settings = {
        **CLASSIC,
        "fetch.message.max.bytes": 4_096,
        "throttle_cb": when_throttled(throttled),
    }
    client_id = f"{group}-1"
    login = limited(run, client_id, {"consumer_byte_rate": LIMIT_BYTES_PER_S})
    member = ConsumerMember(client_id=group, group=group, topics=[topic], settings=settings)
    start_members(run, 1, replace(member, login=login))
    run.until(throttled.is_set, f"{client_id} is throttled")
    committed_all(run, group, topic)


SCENARIO = Scenario(
    name="throttled-consumer",
    summary="a quota limits a consumer to half of the arrival rate",
    injects=(
        f"Group throttled-consumer.exporter has one member, which needs no time for a record, on "
        f"throttled-consumer.clicks: {PARTITIONS} partitions, {RATE_PER_S:.0f} records of "
        f"{VALUE_BYTES:,} bytes a second ({RATE_PER_S * VALUE_BYTES / 1024:.0f} KiB/s). Its quota "
        f"of {LIMIT_BYTES_PER_S // 1024} KiB/s per broker allows {3 * LIMIT_BYTES_PER_S // 1024} on "
        f"three. A backlog of {PAST:,} records timestamped over the {PAST_S} s before. The quota is set "
        "on the client id, on a secured sandbox on a SCRAM user created for it; both are removed at "
        "the end. Left behind: topic and group."
    ),
    finds=("lag_over_objective",),
    diagnosed={"exporter": Cause.CONSUMER_QUOTA},
    default_seconds=180,
    run=run,
)
