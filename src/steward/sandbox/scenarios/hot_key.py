"""Hot key: one key has most records, so its partition is larger than all others and its member lags."""

from steward.model.verdict import Cause
from steward.sandbox.scenarios.consuming import ConsumerMember, start_members
from steward.sandbox.scenarios.keys import hot_keys
from steward.sandbox.scenarios.producing import GOOD, Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed_all

PARTITIONS = 6
SHARE = 0.7
VALUE_BYTES = 2_048
PAST = 2_000
PAST_S = 60
RATE_PER_S = 50.0
MEMBERS = 3
SERVICE_S = 0.03
_KEYS = 3_000


def run(run: ScenarioRun) -> None:
    """Write a skewed past, then continue likewise."""
    topic, group = run.name("orders"), run.name("invoicing")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    flow = Flow(
        client_id=run.name("shop"),
        topic=topic,
        keys=hot_keys(run.random("keys"), _KEYS, share=SHARE),
        rate_per_s=RATE_PER_S,
        value_bytes=VALUE_BYTES,
        # uncompressed: the padding of values must not compress away
        settings={**GOOD, "compression.type": "none"},
    )
    preload(run, flow, PAST, span_s=PAST_S)
    start_flow(run, flow)
    member = ConsumerMember(
        client_id=run.name("invoicing"), group=group, topics=[topic], service_s=SERVICE_S
    )
    start_members(run, MEMBERS, member)
    committed_all(run, group, topic)


SCENARIO = Scenario(
    name="hot-key",
    summary="one key has 70% of the records: a partition more than 10 times larger than the others",
    injects=(
        f"Topic hot-key.orders with {PARTITIONS} partitions; one key of {_KEYS:,} carries "
        f"{SHARE:.0%} of the records (values of {VALUE_BYTES:,} bytes): its partition holds about "
        f"75%, each sibling 5%. {PAST:,} records at once, then {RATE_PER_S:.0f} a second. Group "
        f"hot-key.invoicing has {MEMBERS} members at {SERVICE_S * 1000:.0f} ms a record: the one "
        "with the hot partition lags, the others idle. Left behind: the topic and the "
        "commits."
    ),
    finds=("partition_hot",),
    diagnosed={"invoicing": Cause.HOT_PARTITION},
    default_seconds=240,
    run=run,
)
