"""Abandoned group: it committed and left, and its topic is still written."""

from steward.model.verdict import Cause
from steward.sandbox.scenarios.clients import admin
from steward.sandbox.scenarios.consuming import ConsumerMember, read_and_leave
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import lag, members

READ = 200
UNREAD = 600
RATE_PER_S = 10.0


def run(run: ScenarioRun) -> None:
    """Let a group read a little and leave, then continue writing."""
    topic, group = run.name("orders"), run.name("reports")
    create(run, ScenarioTopic(name=topic))
    flow = Flow(
        client_id=run.name("shop"),
        topic=topic,
        keys=even_keys(run.random("keys"), 300),
        rate_per_s=RATE_PER_S,
    )
    preload(run, flow, READ, span_s=600)
    read_and_leave(run, ConsumerMember(client_id=group, group=group, topics=[topic]), READ)
    preload(run, flow, UNREAD, span_s=300)
    start_flow(run, flow)
    client = admin(run.sandbox)
    run.until(
        lambda: (
            not members(run.sandbox, group) and lag(run.sandbox, client, group, topic) >= UNREAD
        ),
        f"group {group} is empty and behind",
    )


SCENARIO = Scenario(
    name="abandoned-group",
    summary="a group that committed and left, while its topic is still written",
    injects=(
        f"Group abandoned-group.reports reads the {READ} records of abandoned-group.orders, "
        f"commits, and leaves for good. {UNREAD} more, timestamped over the last 5 minutes, and "
        f"{RATE_PER_S:.0f} a second are not read. Left behind: the topic and the empty group "
        "with its commits."
    ),
    finds=("group_empty_with_offsets",),
    diagnosed={"reports": Cause.NO_MEMBERS},
    default_seconds=120,
    run=run,
)
