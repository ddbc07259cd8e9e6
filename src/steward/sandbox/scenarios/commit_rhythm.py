"""Commit rhythm: a member that keeps up but commits only every 500 records, which gives sawtooth lag."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from steward.model.verdict import Cause
from steward.sandbox.scenarios.consuming import CLASSIC, ConsumerMember, join, next_record
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create

PARTITIONS = 2
SERVICE_S = 0.2
PER_COMMIT = 500
"""max.poll.records of the Java client by default, with one commit per poll."""
RATE_PER_S = 4.3
"""Below the 5 per second that it can process."""
_BY_HAND: Mapping[str, Any] = MappingProxyType({**CLASSIC, "enable.auto.commit": False})


def run(run: ScenarioRun) -> None:
    """Let one member read everything and commit rarely."""
    topic, group = run.name("orders"), run.name("loader")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    keys = even_keys(run.random("keys"), 300)
    member = ConsumerMember(
        client_id=group, group=group, topics=[topic], service_s=SERVICE_S, settings=_BY_HAND
    )
    run.start(group, lambda: _commit_seldom(run, member))
    start_flow(run, Flow(client_id=run.name("shop"), topic=topic, keys=keys, rate_per_s=RATE_PER_S))


def _commit_seldom(run: ScenarioRun, member: ConsumerMember) -> None:
    client = join(run, member, member.settings)
    done = 0
    try:
        while run.going:
            if next_record(run, client) is None:
                continue
            run.pause(member.service_s)
            done += 1
            # an early first commit, so that the group exists from the start
            if done == 1 or done % PER_COMMIT == 0:
                client.commit(asynchronous=False)
    finally:
        client.close()


SCENARIO = Scenario(
    name="commit-rhythm",
    summary="a member that keeps up but commits every 500 records of 200 ms: sawtooth lag of up to 100 s",
    injects=(
        f"Group commit-rhythm.loader has one member at {SERVICE_S * 1000:.0f} ms a record for the "
        f"{RATE_PER_S:g} records/s of commit-rhythm.orders ({PARTITIONS} partitions), and "
        f"commits every {PER_COMMIT} records: about every {PER_COMMIT / RATE_PER_S:.0f} s, as a "
        "Java consumer does with a full poll of max.poll.records. Committed lag rises to that age "
        "and falls to nearly zero. Left behind: topic and group."
    ),
    finds=(),
    diagnosed={"loader": Cause.COMMIT_RHYTHM},
    default_seconds=300,
    run=run,
)
