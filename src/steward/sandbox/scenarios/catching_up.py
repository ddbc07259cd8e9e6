"""Catching up: after a break, a group processes its backlog faster than records arrive."""

from steward.model.verdict import Cause
from steward.sandbox.scenarios.consuming import BY_TURNS, CLASSIC, ConsumerMember, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import SMALL_BATCHES, Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed_all

PARTITIONS = 4
MEMBERS = 2
SERVICE_S = 0.1
RATE_PER_S = 4.0
BACKLOG = 6_000
BACKLOG_S = 3_600


def run(run: ScenarioRun) -> None:
    """Write the backlog, then start enough members to process it."""
    topic, group = run.name("orders"), run.name("warehouse")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    flow = Flow(
        client_id=run.name("shop"),
        topic=topic,
        keys=even_keys(run.random("keys"), 1_000),
        rate_per_s=RATE_PER_S,
        value_bytes=150,
        settings=SMALL_BATCHES,
    )
    preload(run, flow, BACKLOG, span_s=BACKLOG_S)
    start_flow(run, flow)
    member = ConsumerMember(
        client_id=group,
        group=group,
        topics=[topic],
        service_s=SERVICE_S,
        settings={**CLASSIC, **BY_TURNS},
    )
    start_members(run, MEMBERS, member)
    committed_all(run, group, topic)


SCENARIO = Scenario(
    name="catching-up",
    summary="a group that was away for an hour catches up by itself",
    injects=(
        f"Group catching-up.warehouse finds {BACKLOG:,} records timestamped over the last hour on "
        f"catching-up.orders ({PARTITIONS} partitions). {MEMBERS} members at "
        f"{SERVICE_S * 1000:.0f} ms a record do {MEMBERS / SERVICE_S:.0f} a second while "
        f"{RATE_PER_S:.0f} arrive: done in about "
        f"{BACKLOG / (MEMBERS / SERVICE_S - RATE_PER_S) / 60:.0f} minutes. Left behind: topic and "
        "group."
    ),
    finds=("lag_over_objective",),
    diagnosed={"warehouse": Cause.CATCHING_UP},
    default_seconds=240,
    run=run,
)
