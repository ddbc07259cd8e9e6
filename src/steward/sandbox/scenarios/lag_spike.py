"""Lag spike: a group with half the members its topic allows, at 200 ms per record."""

from steward.model.verdict import Cause
from steward.sandbox.scenarios.consuming import BY_TURNS, CLASSIC, ConsumerMember, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import SMALL_BATCHES, Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed_all

PARTITIONS = 10
MEMBERS = 5
SERVICE_S = 0.2
ARRIVALS_PER_S = 30.0
"""Above the 25 per second of five members, below the 50 of ten."""
BACKLOG_S = 90
_KEYS = 4_000


def run(run: ScenarioRun) -> None:
    """Write the backlog, then start too few members while more records arrive."""
    topic, group = run.name("orders"), run.name("billing")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    backlog = round(ARRIVALS_PER_S * BACKLOG_S)
    keys = even_keys(run.random("keys"), _KEYS)
    flow = Flow(
        client_id=run.name("shop"),
        topic=topic,
        keys=keys,
        rate_per_s=ARRIVALS_PER_S,
        value_bytes=150,
        settings=SMALL_BATCHES,
    )
    member = ConsumerMember(
        client_id=group,
        group=group,
        topics=[topic],
        service_s=SERVICE_S,
        settings={**CLASSIC, **BY_TURNS},
    )
    preload(run, flow, backlog, span_s=BACKLOG_S)
    start_flow(run, flow)
    start_members(run, MEMBERS, member)
    committed_all(run, group, topic)


SCENARIO = Scenario(
    name="lag-spike",
    summary="five members for ten partitions, 200 ms per record, more records than they can process",
    injects=(
        f"Topic lag-spike.orders with {PARTITIONS} partitions and {_KEYS:,} even keys, group "
        f"lag-spike.billing with {MEMBERS} members that need {SERVICE_S * 1000:.0f} ms a record: "
        f"{MEMBERS / SERVICE_S:.0f} records/s. {ARRIVALS_PER_S:.0f} arrive each second, after a "
        f"backlog of {ARRIVALS_PER_S * BACKLOG_S:,.0f} records timestamped over the {BACKLOG_S} s "
        "before: the oldest is at once more than 60 s old, and lag grows by "
        f"{ARRIVALS_PER_S - MEMBERS / SERVICE_S:.0f} records/s. Members wait out their 200 ms; "
        "the processors stay idle. Left behind: the topic and the group's commits."
    ),
    finds=("lag_over_objective",),
    diagnosed={"billing": Cause.UNDER_CAPACITY},
    default_seconds=300,
    run=run,
)
