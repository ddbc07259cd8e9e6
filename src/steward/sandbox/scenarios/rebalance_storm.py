"""Rebalance storm: members join, leave and die every one or two seconds, and each time the whole group stops."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from steward.model.verdict import Cause
from steward.sandbox.places import sandbox_home
from steward.sandbox.processes import kill, markers, spawn
from steward.sandbox.scenarios.consuming import ConsumerMember, consume, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import members

PARTITIONS = 6
STEADY = 2
RATE_PER_S = 30.0
STAY_S = (1.0, 2.0)
KILLED_EVERY = 4
"""Every fourth joining member is a separate process and is killed, so that its session has to expire."""
EAGER: Mapping[str, Any] = MappingProxyType(
    {
        "partition.assignment.strategy": "range",
        "session.timeout.ms": 3_000,
        "heartbeat.interval.ms": 500,
        "max.poll.interval.ms": 10_000,
    }
)
_SEEN_BEFORE_READY = STEADY + 4


def run(run: ScenarioRun) -> None:
    """Let two members stay while others join and leave."""
    topic, group = run.name("orders"), run.name("workers")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    keys = even_keys(run.random("keys"), 300)
    start_flow(run, Flow(client_id=run.name("shop"), topic=topic, keys=keys, rate_per_s=RATE_PER_S))
    member = ConsumerMember(
        client_id=run.name("worker"), group=group, topics=[topic], settings=EAGER
    )
    start_members(run, STEADY, member)
    run.start(run.name("churn"), lambda: _churn(run, member))
    seen = set[str]()

    def churned() -> bool:
        seen.update(members(run.sandbox, group))
        return len(seen) >= _SEEN_BEFORE_READY

    run.until(churned, f"group {group} has seen {_SEEN_BEFORE_READY} members")


def _churn(run: ScenarioRun, member: ConsumerMember) -> None:
    source = run.random("churn")
    number = 0
    while run.going:
        number += 1
        stay_s = source.uniform(*STAY_S)
        if number % KILLED_EVERY == 0:
            _join_and_be_killed(run, member, stay_s)
        else:
            name = f"{member.client_id}-passing"
            consume(run, member, {"client.id": name}, seconds=stay_s)


def _join_and_be_killed(run: ScenarioRun, member: ConsumerMember, stay_s: float) -> None:
    home = sandbox_home(run.sandbox.name)
    command = [
        *(sys.executable, "-m", "steward.sandbox.scenarios.doomed_member"),
        *markers(home),
        *(run.sandbox.name, run.prefix, member.group, member.topics[0]),
    ]
    process = spawn(command, output=Path(os.devnull), cwd=home)
    try:
        run.pause(stay_s + 1)  # it takes a moment to start
    finally:
        kill([process])


SCENARIO = Scenario(
    name="rebalance-storm",
    summary="members join, leave and are killed every 1-2 s, and each time the whole group stops",
    injects=(
        f"Classic group rebalance-storm.workers on rebalance-storm.orders ({PARTITIONS} "
        f"partitions), range assignor (eager), no group.instance.id: {STEADY} members stay, one "
        f"more joins and leaves after {STAY_S[0]:g} to {STAY_S[1]:g} s, repeatedly; each "
        f"{KILLED_EVERY}th is killed instead, so that its session of 3 s has to expire. "
        f"{RATE_PER_S:.0f} records a second. Left behind: the topic and the empty group."
    ),
    finds=("rebalance_storm", "group_churn_without_static_membership"),
    diagnosed={"workers": Cause.REBALANCE_LOOP},
    default_seconds=180,
    run=run,
)
