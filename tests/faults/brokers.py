"""Faults of a broker: each disturbs the whole cluster, so they are made one after another and undone."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import psutil

from faults.slow_link import slow_link
from steward.sandbox.cluster import broker_start, broker_stop, status
from steward.sandbox.scenarios.clients import REQUEST_S, admin, admin_types, producer
from steward.sandbox.scenarios.consuming import CLASSIC, ConsumerMember, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import GOOD, Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.topics import ScenarioTopic, create, in_sync, leaders
from steward.sandbox.scenarios.watching import commit, committed, committed_all, end_offsets

VICTIM = 3
OTHERS = (1, 2)
PARTITIONS = 2
"""Of each of a group's two topics: one that the victim leads, one that it does not."""
MEMBERS = 2
VALUE_BYTES = 1_024
PLAIN: Mapping[str, Any] = {**GOOD, "compression.type": "none"}
LEADER_ONLY: Mapping[str, Any] = {"acks": 1, "enable.idempotence": False}
BULK: Mapping[str, Any] = {
    "acks": 1,
    "compression.type": "none",
    "linger.ms": 20,
    "batch.size": 100_000,
    "queue.buffering.max.kbytes": 4_096,
    "max.in.flight": 2,
}
LOADERS = 6
WRITERS = 5
LINK_BYTES_PER_S = 24 * 1_024
WALKED = 80_000
SANDBOX: Mapping[str, str] = {
    "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
    "replica.lag.time.max.ms": "6000",
    "replica.fetch.max.bytes": "16384",
}
"""All brokers of the faults' sandbox: who names a rack reads from the replica there (KIP-392); replicas are soon out of
sync, and replication fetches so little that a throttle takes hold at once.
"""
LITTLE: Mapping[str, Any] = {**CLASSIC, "fetch.message.max.bytes": 16_384}


def restart(run: ScenarioRun, overrides: Mapping[str, str]) -> None:
    """Start the victim with other properties; its metrics begin anew. The next fault takes the properties away."""
    broker_stop(run.sandbox.name, VICTIM)
    broker_start(run.sandbox.name, VICTIM, overrides={**SANDBOX, **overrides})
    _await_replicas(run)


def _await_replicas(run: ScenarioRun) -> None:
    client = admin(run.sandbox)
    run.until(
        lambda: all(
            partition.leader >= 0 and len(partition.isrs) == len(partition.replicas)
            for topic in client.list_topics(timeout=REQUEST_S).topics.values()
            for partition in topic.partitions.values()
        ),
        "every replica is in sync",
    )


def create_two(run: ScenarioRun, far: ScenarioTopic | None = None) -> None:
    """Create topic near, which the victim does not lead, and topic far, by default one that it leads."""
    near = ScenarioTopic(name=run.name("near"), partitions=PARTITIONS, replicas=(*OTHERS, VICTIM))
    led = ScenarioTopic(name=run.name("far"), partitions=PARTITIONS, replicas=(VICTIM, *OTHERS))
    create(run, near, far or led)


def write_two(
    run: ScenarioRun, *, past: int, rate_per_s: float, how: Mapping[str, Any] = PLAIN
) -> None:
    """Write to both topics; far has a past of so many records stamped over the last ten minutes, near of few."""
    for topic, records, settings in (("near", 100, PLAIN), ("far", past, how)):
        flow = Flow(
            client_id=run.name(f"{topic}-writer"),
            topic=run.name(topic),
            keys=even_keys(run.random(topic), 300),
            rate_per_s=rate_per_s,
            value_bytes=VALUE_BYTES,
            settings=settings,
        )
        preload(run, flow, records, span_s=600)
        start_flow(run, flow)


def read_two(run: ScenarioRun, settings: Mapping[str, Any]) -> None:
    """Read both topics with one group, each member some of both."""
    topics, group = [run.name("near"), run.name("far")], run.name("readers")
    member = ConsumerMember(client_id=group, group=group, topics=topics, settings=settings)
    start_members(run, MEMBERS, member)
    run.until(lambda: len(committed(run.sandbox, group)) > PARTITIONS, f"{group} reads")


def stopped(run: ScenarioRun) -> None:
    """Stop the broker that alone holds a topic which a group reads."""
    topic, group = run.name("single"), run.name("readers")
    create(run, ScenarioTopic(name=topic, partitions=2, min_isr=1, replicas=(VICTIM,)))
    keys = even_keys(run.random("keys"), 300)
    flow = Flow(client_id=run.name("writer"), topic=topic, keys=keys, rate_per_s=10)
    preload(run, flow, 100, span_s=60)
    start_flow(run, flow)
    start_members(run, 1, ConsumerMember(client_id=group, group=group, topics=[topic]))
    committed_all(run, group, topic)
    broker_stop(run.sandbox.name, VICTIM)
    client = admin(run.sandbox)
    run.until(lambda: set(leaders(client, topic).values()) == {-1}, f"{topic} is offline")


def behind_slow_link(run: ScenarioRun) -> None:
    """Advertise the broker at a proxy that is slow."""
    victim = next(b for b in run.sandbox.brokers if b.id == VICTIM)
    link = slow_link(bytes_per_s=LINK_BYTES_PER_S, target=victim.ports["PLAINTEXT"])
    run.life.at_end(link.close)
    advertised = {"PLAINTEXT": link.port, "INTERNAL": victim.ports["INTERNAL"]}
    addresses = ",".join(f"{name}://127.0.0.1:{at}" for name, at in advertised.items())
    restart(run, {"advertised.listeners": addresses})
    create_two(run)
    write_two(run, past=3_000, rate_per_s=60)
    read_two(run, {**CLASSIC, "fetch.message.max.bytes": 10 * LINK_BYTES_PER_S})


def busy(run: ScenarioRun) -> None:
    """Leave the broker one thread for requests, and let it compress what others write to it."""
    restart(run, {"num.io.threads": "1"})
    spec = ScenarioTopic(name=run.name("archive"), min_isr=1, replicas=(VICTIM,), partitions=4)
    slow = {"compression.type": "zstd", "compression.zstd.level": "19"}
    create(run, replace(spec, configs={**spec.configs, **slow}))
    # one replica: followers would wait for it, too, and fall out of sync
    far = ScenarioTopic(name=run.name("far"), min_isr=1, replicas=(VICTIM,), partitions=PARTITIONS)
    create_two(run, far)
    few = {**PLAIN, **LEADER_ONLY, "batch.num.messages": 4}
    write_two(run, past=18_000, rate_per_s=60, how=few)
    # a broker answers one request of a connection after the other: several writers against each reader
    for number in range(WRITERS):
        _write_more(run, far.name, number, few)
    read_two(run, {**CLASSIC, "fetch.message.max.bytes": 4_096})
    for number in range(LOADERS):
        client_id = run.name(f"loader-{number}")
        run.start(client_id, lambda client_id=client_id: _load(run, client_id, spec.name))


def _write_more(run: ScenarioRun, topic: str, number: int, settings: Mapping[str, Any]) -> None:
    client_id = run.name(f"writer-{number}")
    flow = Flow(
        client_id=client_id,
        topic=topic,
        keys=even_keys(run.random(client_id), 300),
        rate_per_s=15,
        value_bytes=VALUE_BYTES,
        settings=settings,
    )
    start_flow(run, flow)


def _load(run: ScenarioRun, client_id: str, topic: str) -> None:
    """Write what does not compress well, as fast as the broker takes it."""
    source = run.random(client_id)
    values = [source.randbytes(4_096).hex().encode() for _ in range(200)]
    client = producer(run.sandbox, {"client.id": client_id, **BULK})
    number = 0
    while run.going:
        try:
            client.produce(topic, values[number % len(values)])
            number += 1
        except BufferError:
            client.poll(0.05)
    client.purge()


def slow_log(run: ScenarioRun) -> None:
    """Make reads of one log slow: without an index each fetch walks over all batches before its offset.

    Stands for a cold disk, where a fetch waits as long within the broker: see docs/known-gaps.md.
    """
    restart(run, {})
    far = ScenarioTopic(name=run.name("far"), min_isr=1, replicas=(VICTIM,), partitions=1)
    no_index = {"index.interval.bytes": str(2**31 - 1), "segment.bytes": str(2**30)}
    create_two(run, replace(far, configs={**far.configs, **no_index}))
    one_by_one = {**PLAIN, **LEADER_ONLY, "batch.num.messages": 1}
    write_two(run, past=WALKED, rate_per_s=120, how=one_by_one)
    commit(run, run.name("readers"), far.name, WALKED * 3 // 4)
    read_two(run, {**CLASSIC, "fetch.message.max.bytes": 4_096})


def starved_follower(run: ScenarioRun) -> None:
    """Let a group read from the follower in its own rack (KIP-392), which then gets too little from replication.

    Replication is throttled only for replicas that are not in sync, so the follower pauses, as for a long garbage
    collection, until it is out of them. Its readers stay with it until their metadata.max.age.ms (5 min) is over.
    """
    victim = next(b for b in status(run.sandbox.name).brokers if b.id == VICTIM)
    far = ScenarioTopic(name=run.name("far"), replicas=(*OTHERS, VICTIM), partitions=PARTITIONS)
    create_two(run, far)
    write_two(run, past=100, rate_per_s=160)
    read_two(run, {**CLASSIC, "client.rack": victim.rack})
    committed_all(run, run.name("readers"), far.name)
    _throttle(run, far.name)
    process, client = psutil.Process(victim.pid), admin(run.sandbox)
    process.suspend()
    try:
        run.until(
            lambda: all(VICTIM not in isr for isr in in_sync(client, far.name).values()),
            "the follower is out of the in-sync replicas",
        )
        ends = end_offsets(client, far.name)
        # a follower counts as in sync for the throttle until the high watermark has left it behind
        run.until(
            lambda: all(end > ends[at] + 50 for at, end in end_offsets(client, far.name).items()),
            "the log goes on without the follower",
        )
    finally:
        process.resume()
    run.until(
        lambda: any(
            end - committed(run.sandbox, run.name("readers")).get(at, end) > 1_500
            for at, end in end_offsets(client, far.name).items()
        ),
        "a reader that stayed with the follower falls behind",
    )


def _throttle(run: ScenarioRun, topic: str) -> None:
    types, client = admin_types(), admin(run.sandbox)
    every = {f"{partition}:{VICTIM}" for partition in range(PARTITIONS)}
    changes = (
        (
            types.ResourceType.TOPIC,
            topic,
            "follower.replication.throttled.replicas",
            ",".join(every),
        ),
        (types.ResourceType.BROKER, str(VICTIM), "follower.replication.throttled.rate", "10240"),
    )
    for kind, name, key, value in changes:
        entry = types.ConfigEntry(key, value, incremental_operation=types.AlterConfigOpType.SET)
        asked = types.ConfigResource(kind, name, incremental_configs=[entry])
        (answer,) = client.incremental_alter_configs([asked], request_timeout=REQUEST_S).values()
        answer.result(timeout=REQUEST_S)


BROKER_FAULTS: Mapping[str, Callable[[ScenarioRun], None]] = {
    "broker-stopped": stopped,
    "slow-network": behind_slow_link,
    "busy-broker": busy,
    "slow-log": slow_log,
    "starved-follower": starved_follower,
}
"""In the order in which they are made: each takes the one before away."""
