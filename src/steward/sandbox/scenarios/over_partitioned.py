"""Oversized topic, scaled down: more partitions than policy allows, and almost no data."""

from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, preload
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create

PARTITIONS = 240
RECORDS = 1_000


def run(run: ScenarioRun) -> None:
    """Create the topic and write a little to it."""
    topic = run.name("events")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    flow = Flow(
        client_id=run.name("shop"),
        topic=topic,
        keys=even_keys(run.random("keys"), 1_000),
        rate_per_s=1,
    )
    preload(run, flow, RECORDS, span_s=60)


SCENARIO = Scenario(
    name="over-partitioned",
    summary="a topic of 240 partitions with almost no data",
    injects=(
        f"Topic over-partitioned.events with {PARTITIONS} partitions (the policy's default limit "
        f"is 200) and {RECORDS:,} small records in all. Left behind: the topic."
    ),
    finds=("partition_count_outside_policy",),
    default_seconds=30,
    run=run,
)
