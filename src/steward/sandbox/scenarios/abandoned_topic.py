"""Abandoned topic: the group still runs but no longer subscribes to one of its topics."""

import threading
from dataclasses import replace

from steward.model.verdict import Cause
from steward.sandbox.scenarios.consuming import CLASSIC, ConsumerMember, consume, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed_all, members

RATE_PER_S = 5.0
UNREAD = 300
UNREAD_S = 300


def run(run: ScenarioRun) -> None:
    """Let a group read two topics, then restart it with one of them."""
    kept, left, group = run.name("orders"), run.name("coupons"), run.name("billing")
    create(run, ScenarioTopic(name=kept), ScenarioTopic(name=left))
    flows = {
        topic: Flow(
            client_id=f"{topic}-writer",
            topic=topic,
            keys=even_keys(run.random(topic), 300),
            rate_per_s=RATE_PER_S,
        )
        for topic in (kept, left)
    }
    for flow in flows.values():
        start_flow(run, flow)
    before, deployed = (
        ConsumerMember(client_id=group, group=group, topics=[kept, left]),
        threading.Event(),
    )
    run.start(f"{group}-0", lambda: consume(run, before, CLASSIC, enough=deployed))
    committed_all(run, group, left)
    committed_all(run, group, kept)
    deployed.set()
    run.until(lambda: not members(run.sandbox, group), f"the old release of {group} is gone")
    preload(run, flows[left], UNREAD, span_s=UNREAD_S)
    start_members(run, 2, replace(before, topics=[kept]))
    run.until(lambda: len(members(run.sandbox, group)) == 2, f"the new release of {group} is there")


SCENARIO = Scenario(
    name="abandoned-topic",
    summary="a group that no longer subscribes to one of its topics, but has commits on it",
    injects=(
        "Group abandoned-topic.billing reads abandoned-topic.orders and abandoned-topic.coupons; "
        "its new release of two members subscribes only to orders. The commits on coupons stay, "
        f"before {UNREAD} records timestamped over the last {UNREAD_S // 60} minutes and "
        f"{RATE_PER_S:.0f} a second. Left behind: topics and group."
    ),
    finds=(),
    diagnosed={"billing": Cause.ABANDONED},
    default_seconds=180,
    run=run,
)
