"""Skewed assignment: the range assignor gives all partitions to the first members, and none to the others."""

from types import MappingProxyType

from steward.model.verdict import Cause
from steward.sandbox.scenarios.consuming import BY_TURNS, CLASSIC, ConsumerMember, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import SMALL_BATCHES, Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import commit, committed, members

TOPICS = ("orders", "refunds", "returns", "vouchers")
PARTITIONS = 2
MEMBERS = 4
SERVICE_S = 0.15
RATE_PER_S = 5.0
"""Of each topic."""
PAST = 150
PAST_S = 120
RANGE = MappingProxyType(
    {
        **CLASSIC,
        **BY_TURNS,
        "partition.assignment.strategy": "range",
        # prefetched records are read in order of arrival: a long queue would delay a late partition for minutes
        "queued.min.messages": 5,
    }
)


def run(run: ScenarioRun) -> None:
    """Let more members than partitions per topic read many topics, assigned topic by topic."""
    group = run.name("ledger")
    topics = [run.name(topic) for topic in TOPICS]
    create(run, *(ScenarioTopic(name=topic, partitions=PARTITIONS) for topic in topics))
    for topic in topics:
        flow = Flow(
            client_id=f"{topic}-writer",
            topic=topic,
            keys=even_keys(run.random(topic), 500),
            rate_per_s=RATE_PER_S,
            settings=SMALL_BATCHES,
        )
        preload(run, flow, PAST, span_s=PAST_S)
        start_flow(run, flow)
    member = ConsumerMember(
        client_id=group, group=group, topics=topics, service_s=SERVICE_S, settings=RANGE
    )
    read_before = {topic for topic, _ in committed(run.sandbox, group)}
    for topic in topics:
        if topic not in read_before:
            commit(run, group, topic, 0)
    start_members(run, MEMBERS, member)
    run.until(
        lambda: (
            len(members(run.sandbox, group)) == MEMBERS
            and all(_is_read(run, group, topic) for topic in topics)
        ),
        f"{MEMBERS} members of {group} have read some of every topic",
    )


def _is_read(run: ScenarioRun, group: str, topic: str) -> bool:
    return any(at > 0 for (of, _), at in committed(run.sandbox, group).items() if of == topic)


SCENARIO = Scenario(
    name="skewed-assignment",
    summary="the range assignor gives two of four members all partitions, the others idle",
    injects=(
        f"Group skewed-assignment.ledger has {MEMBERS} members at {SERVICE_S * 1000:.0f} ms a "
        f"record for {len(TOPICS)} topics of {PARTITIONS} partitions and {RATE_PER_S:.0f} records "
        "a second each. The range assignor goes topic by topic and gives two members "
        f"{len(TOPICS)} partitions each: {1 / SERVICE_S:.1f} records/s of capacity where "
        f"{RATE_PER_S * len(TOPICS) / 2:.0f} arrive; two members get none. Evenly assigned they "
        f"would keep up. A backlog of {PAST} records per topic timestamped over the {PAST_S} s before. "
        "Left behind: topics and commits."
    ),
    finds=("lag_over_objective",),
    diagnosed={"ledger": Cause.SKEWED_ASSIGNMENT},
    default_seconds=240,
    run=run,
)
