"""Rewound group: its offsets were reset to the start, and it reads everything again."""

import threading

from steward.model.verdict import Cause
from steward.sandbox.scenarios.clients import admin
from steward.sandbox.scenarios.consuming import CLASSIC, ConsumerMember, consume, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import commit, committed, lag, members

PAST = 6_000
PAST_S = 1_800
RATE_PER_S = 6.0
REPLAY_S = 0.05
"""Processing time of a re-read record: slow enough to observe catching up."""
MEMBERS = 2


def run(run: ScenarioRun) -> None:
    """Let a group catch up, stop it, reset it, and restart it."""
    topic, group = run.name("orders"), run.name("search-index")
    create(run, ScenarioTopic(name=topic))
    keys = even_keys(run.random("keys"), 500)
    flow = Flow(client_id=run.name("shop"), topic=topic, keys=keys, rate_per_s=RATE_PER_S)
    preload(run, flow, PAST, span_s=PAST_S)
    start_flow(run, flow)
    first = ConsumerMember(client_id=group, group=group, topics=[topic])
    stopped = threading.Event()
    run.start(f"{group}-0", lambda: consume(run, first, CLASSIC, enough=stopped))
    client = admin(run.sandbox)
    run.until(
        lambda: (
            len(committed(run.sandbox, group)) == 3
            and lag(run.sandbox, client, group, topic) < PAST // 10
        ),
        f"group {group} has caught up",
    )
    run.let_past_be_seen()
    stopped.set()
    run.until(lambda: not members(run.sandbox, group), f"group {group} is empty")
    commit(run, group, topic, 0)
    again = ConsumerMember(
        client_id=group, group=group, topics=[topic], service_s=REPLAY_S, settings=CLASSIC
    )
    start_members(run, MEMBERS, again)
    run.until(lambda: len(members(run.sandbox, group)) == MEMBERS, f"group {group} is back")


SCENARIO = Scenario(
    name="rewound-group",
    summary="a group whose offsets were reset to the start reads everything again",
    injects=(
        f"Group rewound-group.search-index has read the {PAST:,} records of rewound-group.orders, "
        f"timestamped over the last {PAST_S // 60} minutes; it is stopped, its offsets are reset to 0, "
        f"and {MEMBERS} members restart at {REPLAY_S * 1000:.0f} ms a record, while "
        f"{RATE_PER_S:.0f} a second arrive: {PAST / (MEMBERS / REPLAY_S - RATE_PER_S):.0f} s to "
        "catch up at the earliest. Left behind: topic and group."
    ),
    finds=("lag_over_objective",),
    diagnosed={"search-index": Cause.REWOUND},
    default_seconds=150,
    run=run,
)
