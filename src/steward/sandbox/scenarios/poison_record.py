"""Poison record: the member assigned its partition retries it for a while, crashes, and restarts before it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from steward.model.verdict import Cause
from steward.sandbox.scenarios.clients import producer
from steward.sandbox.scenarios.consuming import CLASSIC, ConsumerMember, join, next_record
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import GOOD, Flow, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed, committed_all, members

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message

PARTITIONS = 4
MEMBERS = 2
POISONED = 0
RATE_PER_S = 8.0
RETRY_S = 9.0
RESTART_S = 3.0
_POISON = b"poison"
_OWN_COMMITS: Mapping[str, Any] = MappingProxyType({**CLASSIC, "enable.auto.offset.store": False})


def run(run: ScenarioRun) -> None:
    """Let two members read normally, then write a record that neither can process."""
    topic, group = run.name("orders"), run.name("billing")
    create(run, ScenarioTopic(name=topic, partitions=PARTITIONS))
    keys = even_keys(run.random("keys"), 300)
    start_flow(run, Flow(client_id=run.name("shop"), topic=topic, keys=keys, rate_per_s=RATE_PER_S))
    member = ConsumerMember(client_id=group, group=group, topics=[topic], settings=_OWN_COMMITS)
    for number in range(1, MEMBERS + 1):
        name = f"{group}-{number}"
        run.start(name, lambda name=name: _crash_and_restart(run, member, name))
    committed_all(run, group, topic)
    run.let_past_be_seen()
    _poison(run, topic)
    _await_owners(run, group, topic)


def _poison(run: ScenarioRun, topic: str) -> None:
    client = producer(run.sandbox, {"client.id": run.name("legacy"), **GOOD})
    client.produce(topic, b"not what was agreed on", _POISON, POISONED)
    run.until(lambda: client.flush(1) == 0, "the poison record is written")


def _await_owners(run: ScenarioRun, group: str, topic: str) -> None:
    """Wait until more members than run at a time have met the record, and none got beyond it."""
    seen = set[str]()
    stands = committed(run.sandbox, group).get((topic, POISONED))

    def met_by_many() -> bool:
        nonlocal stands
        now = committed(run.sandbox, group).get((topic, POISONED))
        if now != stands:
            stands = now
            seen.clear()
        seen.update(members(run.sandbox, group))
        return len(seen) > MEMBERS

    run.until(met_by_many, f"members of {group} have failed repeatedly at the record")


def _crash_and_restart(run: ScenarioRun, member: ConsumerMember, name: str) -> None:
    while run.going:
        client = join(run, member, {**member.settings, "client.id": name})
        try:
            _work_until_it_fails(run, client)
        finally:
            client.close()
        run.pause(RESTART_S)


def _work_until_it_fails(run: ScenarioRun, client: "Consumer") -> None:
    """Process records; return when the poison record still failed after all retries."""
    while run.going:
        message = next_record(run, client)
        if message is None:
            continue
        if message.key() == _POISON:
            _try_again_and_again(run, client, message)
            return
        client.store_offsets(message=message)


def _try_again_and_again(run: ScenarioRun, client: "Consumer", poison: "Message") -> None:
    """Pause the record's partition, as workers with one thread per partition do, and continue with the others."""
    from confluent_kafka import KafkaException, TopicPartition

    where = TopicPartition(poison.topic() or "", poison.partition() or 0)
    tried = 0.0
    while run.going and tried < RETRY_S:
        try:
            client.pause([where])
        except KafkaException:
            return  # the partition was assigned to another member
        message = next_record(run, client)
        tried += 0.2 if message is None else 0.02
        if message is not None and message.partition() != where.partition:
            client.store_offsets(message=message)


SCENARIO = Scenario(
    name="poison-record",
    summary="a record that no member can process: each crashes at it and restarts before it",
    injects=(
        f"Topic poison-record.orders with {PARTITIONS} partitions and {RATE_PER_S:.0f} records a "
        f"second, group poison-record.billing with {MEMBERS} members. One record on partition "
        f"{POISONED} cannot be processed: the member that reads it retries for about {RETRY_S:.0f} s while "
        f"it processes the other partitions, crashes, and is restarted {RESTART_S:.0f} s later "
        f"under a new member id. The commit of partition {POISONED} stays at that record, the "
        "others advance. Left behind: topic and group."
    ),
    finds=(),
    diagnosed={"billing": Cause.POISON_RECORD},
    default_seconds=240,
    run=run,
)
