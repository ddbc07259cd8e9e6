"""Slow member: as many partitions as the others, but many times the processing time per record."""

from dataclasses import replace

from steward.model.verdict import Cause
from steward.sandbox.scenarios.consuming import (
    BY_TURNS,
    CLASSIC,
    ConsumerMember,
    consume,
    start_members,
)
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import SMALL_BATCHES, Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed_all

PARTITIONS = 6
FAST = 2
FAST_S, SLOW_S = 0.01, 0.4
RATE_PER_S = 24.0
PAST = 900
PAST_S = 90


def run(run: ScenarioRun) -> None:
    """Let two fast members and a slow one share the partitions evenly."""
    topic, group = run.name("orders"), run.name("billing")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    flow = Flow(
        client_id=run.name("shop"),
        topic=topic,
        keys=even_keys(run.random("keys"), 3_000),
        rate_per_s=RATE_PER_S,
        settings=SMALL_BATCHES,
    )
    preload(run, flow, PAST, span_s=PAST_S)
    start_flow(run, flow)
    fast = ConsumerMember(
        client_id=group,
        group=group,
        topics=[topic],
        service_s=FAST_S,
        settings={**CLASSIC, **BY_TURNS},
    )
    start_members(run, FAST, fast)
    slow, name = replace(fast, service_s=SLOW_S), f"{group}-slow"
    run.start(name, lambda: consume(run, slow, {**slow.settings, "client.id": name}))
    committed_all(run, group, topic)


SCENARIO = Scenario(
    name="slow-member",
    summary="one of three members needs 40 times longer per record than the others",
    injects=(
        f"Topic slow-member.orders with {PARTITIONS} partitions and {RATE_PER_S:.0f} records a "
        f"second, evenly. Group slow-member.billing has three members of two partitions each: "
        f"{FAST} need {FAST_S * 1000:.0f} ms a record, slow-member.billing-slow "
        f"{SLOW_S * 1000:.0f} ms: {1 / SLOW_S:g} records/s where "
        f"{RATE_PER_S / (FAST + 1):.0f} arrive. A backlog of {PAST} records timestamped over the "
        f"{PAST_S} s before. Left behind: the topic and the group's commits."
    ),
    finds=("lag_over_objective",),
    diagnosed={"billing": Cause.SLOW_MEMBER},
    default_seconds=240,
    run=run,
)
