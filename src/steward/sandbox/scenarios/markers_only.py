"""Markers only: everything is read, and the commit is before the marker that ended the last transaction."""

from steward.model.verdict import Cause
from steward.sandbox.scenarios.clients import REQUEST_S, admin, producer
from steward.sandbox.scenarios.consuming import CLASSIC, ConsumerMember, join, next_record
from steward.sandbox.scenarios.producing import value_of
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed, end_offsets

PARTITIONS = 2
RECORDS = 40


def run(run: ScenarioRun) -> None:
    """Write one transaction, let it be read, and write nothing more."""
    topic, group = run.name("settlements"), run.name("archive")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    _write(run, topic)
    settings = {**CLASSIC, "isolation.level": "read_committed", "enable.auto.commit": False}
    member = ConsumerMember(client_id=group, group=group, topics=[topic], settings=settings)
    run.start(group, lambda: _commit_each(run, member))
    client = admin(run.sandbox)
    run.until(
        lambda: (
            committed(run.sandbox, group)
            == {where: end - 1 for where, end in end_offsets(client, topic).items()}
        ),
        f"group {group} has read all records",
    )


def _commit_each(run: ScenarioRun, member: ConsumerMember) -> None:
    """Commit the offset after each record, as frameworks do: the consumer itself would skip the marker."""
    client = join(run, member, member.settings)
    try:
        while run.going:
            message = next_record(run, client)
            if message is not None:
                client.commit(message=message, asynchronous=False)
    finally:
        client.close()


def _write(run: ScenarioRun, topic: str) -> None:
    name = run.name("clearing")
    client = producer(run.sandbox, {"client.id": name, "transactional.id": name})
    client.init_transactions(REQUEST_S)
    client.begin_transaction()
    for number in range(RECORDS):
        key = b"settlement-%05d" % number
        client.produce(topic, value_of(key, number, 200), key, number % PARTITIONS)
    client.commit_transaction(REQUEST_S)


SCENARIO = Scenario(
    name="markers-only",
    summary="a permanent lag of one offset that is no record: the marker of a transaction",
    injects=(
        f"One transaction of markers-only.clearing writes {RECORDS} records to the {PARTITIONS} "
        "partitions of markers-only.settlements and commits; group markers-only.archive reads "
        "them all, committing after each. Its commit is before the transaction's marker, the last offset of each "
        "partition, and nothing more arrives: 1 behind in each, permanently. Left behind: topic and "
        "group."
    ),
    finds=(),
    diagnosed={"archive": Cause.MARKER_ONLY},
    default_seconds=180,
    run=run,
)
