"""Retention overrun: while a consumer was down, records that it had not read were deleted."""

from steward.model.verdict import Cause
from steward.sandbox.scenarios.clients import REQUEST_S, admin
from steward.sandbox.scenarios.consuming import ConsumerMember, read_and_leave
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed, partitions_of

READ = 90
RECORDS = 900
LOG_START = 200
"""Of each of the three partitions, which have about 300 records, of which about 30 were read."""
RATE_PER_S = 5.0


def run(run: ScenarioRun) -> None:
    """Read a little, leave, and have the start of the log deleted."""
    topic, group = run.name("events"), run.name("warehouse")
    create(run, ScenarioTopic(name=topic))
    keys = even_keys(run.random("keys"), 300)
    flow = Flow(client_id=run.name("shop"), topic=topic, keys=keys, rate_per_s=RATE_PER_S)
    preload(run, flow, READ, span_s=600)
    read_and_leave(run, ConsumerMember(client_id=group, group=group, topics=[topic]), READ)
    preload(run, flow, RECORDS - READ, span_s=300)
    _delete_up_to(run, topic, LOG_START)
    start_flow(run, flow)
    run.until(
        lambda: len([at for at in committed(run.sandbox, group).values() if at < LOG_START]) == 3,
        f"group {group} is behind the log start",
    )


def _delete_up_to(run: ScenarioRun, topic: str, offset: int) -> None:
    client = admin(run.sandbox)
    wanted = partitions_of(client, topic)
    for one in wanted:
        one.offset = offset
    for answer in client.delete_records(wanted, request_timeout=REQUEST_S).values():
        answer.result(timeout=REQUEST_S)


SCENARIO = Scenario(
    name="retention-overrun",
    summary="a group that returns too late: records that it had not read are deleted",
    injects=(
        f"Group retention-overrun.warehouse reads {READ} of {RECORDS} records of "
        "retention-overrun.events, commits and leaves; DeleteRecords then moves the log start of "
        f"each partition to offset {LOG_START}, far beyond its commits of about {READ // 3}, as a "
        f"short retention would. {RATE_PER_S:.0f} records a second continue to arrive. Left behind: "
        "the topic and the group's commits, which point to deleted records."
    ),
    finds=("offset_below_log_start", "group_empty_with_offsets"),
    diagnosed={"warehouse": Cause.RETENTION_OVERRUN},
    default_seconds=120,
    run=run,
)
