"""Share group (KIP-932): two of Kafka's own console share consumers on one partition.

librdkafka's share consumer is still experimental, so the consumers are Java processes.
"""

import os
from pathlib import Path

from steward.sandbox.places import sandbox_home
from steward.sandbox.processes import spawn, stop
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.tools import run_tool, tool_command

MEMBERS = 2
RATE_PER_S = 10.0
_STOP_S = 10


def run(run: ScenarioRun) -> None:
    """Let two consumers share one partition."""
    topic, group = run.name("jobs"), run.name("workers")
    create(run, ScenarioTopic(name=topic, partitions=1))
    _start_consumers(run, topic, group)
    keys = even_keys(run.random("keys"), 300)
    start_flow(run, Flow(client_id=run.name("shop"), topic=topic, keys=keys, rate_per_s=RATE_PER_S))
    run.until(lambda: _members(run, group) >= MEMBERS, f"share group {group} has its members")


def _start_consumers(run: ScenarioRun, topic: str, group: str) -> None:
    # their output is the records, which are not needed
    silent = ["--formatter", "org.apache.kafka.tools.consumer.NoOpMessageFormatter"]
    arguments = ["--topic", topic, "--group", group, *silent]
    command = tool_command(run.sandbox.name, "kafka-console-share-consumer", arguments)
    home = sandbox_home(run.sandbox.name)
    for _ in range(MEMBERS):
        process = spawn(command, output=Path(os.devnull), cwd=home)
        run.life.at_end(lambda process=process: stop([process], grace_s=_STOP_S))


def _members(run: ScenarioRun, group: str) -> int:
    asked = ["--describe", "--group", group, "--members"]
    printed = run_tool(run.sandbox.name, "kafka-share-groups", asked)
    return sum(line.startswith(group) for line in printed.stdout.splitlines())


SCENARIO = Scenario(
    name="share-group",
    summary="a share group: two consumers on one partition, each record to one of them",
    injects=(
        f"Share group share-group.workers of {MEMBERS} console share consumers (Java) on "
        f"share-group.jobs, which has one partition and {RATE_PER_S:.0f} records a second. No "
        "problem: a group of its type to examine. Needs Kafka 4.2 or later. Left behind: topic "
        "and group."
    ),
    finds=(),
    default_seconds=120,
    run=run,
)
