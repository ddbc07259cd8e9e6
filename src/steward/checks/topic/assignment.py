"""Command lines that give topics other replicas."""

from collections.abc import Iterator, Sequence

from steward.checks.facts import Facts
from steward.model.broker import Broker
from steward.model.finding import Remedy
from steward.model.topic import Partition, Topic

_MOST_IN_ONE_LINE = 24
_EXECUTE = "kafka-reassign-partitions.sh --bootstrap-server $BOOTSTRAP --execute"


def more_replicas(facts: Facts, topic: Topic, factor: int) -> Remedy:
    """Say how to raise a topic's replication factor, keeping every replica where it is."""
    summary = f"give every partition {factor} replicas, throttled if the topic is large"
    if len(topic.partitions) > _MOST_IN_ONE_LINE:
        return Remedy(f"{summary}: write the assignment to a file for kafka-reassign-partitions.sh")
    live = [b for b in facts.brokers if b.fenced is not True]
    moves = ",".join(
        f'{{"topic":"{topic.name}","partition":{p.partition},"replicas":{replicas}}}'
        for p in topic.partitions
        for replicas in (_json(_grown(p, live, factor)),)
    )
    plan = f'{{"version":1,"partitions":[{moves}]}}'
    return Remedy(summary, f"{_EXECUTE} --reassignment-json-file <(echo '{plan}')")


def other_brokers(facts: Facts, topics: Sequence[str]) -> str:
    """Write the command that proposes an assignment over all live brokers, racks observed."""
    brokers = ",".join(str(b) for b in sorted(facts.live_broker_ids))
    names = ",".join(f'{{"topic":"{name}"}}' for name in topics)
    file = f'{{"version":1,"topics":[{names}]}}'
    return (
        "kafka-reassign-partitions.sh --bootstrap-server $BOOTSTRAP --generate "
        f"--broker-list {brokers} --topics-to-move-json-file <(echo '{file}')"
    )


def _grown(partition: Partition, live: Sequence[Broker], factor: int) -> list[int]:
    """Add brokers, each time one in a rack that has none yet if there is one, in turns over partitions."""
    racks = {b.id: b.rack for b in live}
    replicas = list(partition.replicas)
    while len(replicas) < factor:
        used = {racks.get(r) for r in replicas}
        free = [b for b in _in_turns(live, partition.partition) if b.id not in replicas]
        if not free:
            break
        replicas.append(min(free, key=lambda b: b.rack in used).id)
    return replicas


def _in_turns(live: Sequence[Broker], start: int) -> Iterator[Broker]:
    yield from live[start % len(live) :]
    yield from live[: start % len(live)]


def _json(replicas: Sequence[int]) -> str:
    return "[" + ",".join(str(r) for r in replicas) + "]"
