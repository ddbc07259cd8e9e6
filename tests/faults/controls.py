"""Groups to which nothing is wrong, however it may look: a diagnosis of them must say healthy."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from steward.sandbox.scenarios.clients import REQUEST_S, producer
from steward.sandbox.scenarios.consuming import CLASSIC, KIP_848, ConsumerMember, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.limits import limited
from steward.sandbox.scenarios.producing import GOOD, Flow, preload, start_flow, value_of
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed_all

RATE_PER_S = 6.0
BURST, BURST_EVERY_S = 60, 12.0
TRANSACTION_S = 1.0
STATIC_SESSION: Mapping[str, Any] = {**CLASSIC, "session.timeout.ms": 30_000}


def steady(run: ScenarioRun) -> None:
    """Records arrive evenly and are read at once."""
    _flowing(run, _flow(run), _readers(run), members=2)


def consumer_protocol(run: ScenarioRun) -> None:
    """The same with the consumer protocol (KIP-848)."""
    _flowing(run, _flow(run), replace(_readers(run), settings=KIP_848), members=2)


def static_members(run: ScenarioRun) -> None:
    """Members with names of their own, as those of Kafka Streams have them."""
    _flowing(
        run, _flow(run), replace(_readers(run), settings=STATIC_SESSION), members=3, static=True
    )


def busy(run: ScenarioRun) -> None:
    """Members at 60 percent of what they can do: records wait, but never for long."""
    _flowing(run, _flow(run), replace(_readers(run), service_s=0.2), members=2)


def bursty(run: ScenarioRun) -> None:
    """Nothing for a while, then many records at once, which take some seconds."""
    flow = _flow(run)
    _flowing(run, replace(flow, rate_per_s=0.2), replace(_readers(run), service_s=0.05), members=1)

    def bursts() -> None:
        while run.pause(BURST_EVERY_S):
            preload(run, replace(flow, client_id=run.name("burst")), BURST, span_s=0.5)

    run.start(run.name("bursts"), bursts)


def idle(run: ScenarioRun) -> None:
    """All was read long ago, and nothing arrives."""
    flow, reader = _flow(run), _readers(run)
    create(run, ScenarioTopic(name=flow.topic))
    preload(run, flow, 300, span_s=1_200)
    start_members(run, 1, reader)
    committed_all(run, reader.group, flow.topic)


def transactional(run: ScenarioRun) -> None:
    """Transactions come and are committed each second, and a read_committed group follows."""
    flow, reader = _flow(run), _readers(run)
    create(run, ScenarioTopic(name=flow.topic))
    run.start(run.name("bank"), lambda: _transact(run, flow))
    settings = {**CLASSIC, "isolation.level": "read_committed"}
    start_members(run, 1, replace(reader, settings=settings))
    committed_all(run, reader.group, flow.topic)


def throttled_producer(run: ScenarioRun) -> None:
    """A quota slows the producer down: that makes no lag."""
    wanted = replace(
        _flow(run),
        rate_per_s=24.0,
        value_bytes=2_048,
        settings={
            **GOOD,
            "compression.type": "none",
            "batch.num.messages": 2,
            "queue.buffering.max.messages": 200,
        },
    )
    login = limited(run, wanted.client_id, {"producer_byte_rate": 8 * 1_024})
    _flowing(run, replace(wanted, login=login), _readers(run), members=2)


CONTROLS: Mapping[str, Callable[[ScenarioRun], None]] = {
    "steady": steady,
    "consumer-protocol": consumer_protocol,
    "static-members": static_members,
    "busy": busy,
    "bursty": bursty,
    "idle": idle,
    "transactional": transactional,
    "throttled-producer": throttled_producer,
}


def _flow(run: ScenarioRun) -> Flow:
    keys = even_keys(run.random("keys"), 300)
    return Flow(
        client_id=run.name("writer"), topic=run.name("records"), keys=keys, rate_per_s=RATE_PER_S
    )


def _readers(run: ScenarioRun) -> ConsumerMember:
    group = run.name("readers")
    return ConsumerMember(client_id=group, group=group, topics=[run.name("records")])


def _flowing(
    run: ScenarioRun, flow: Flow, reader: ConsumerMember, *, members: int, static: bool = False
) -> None:
    create(run, ScenarioTopic(name=flow.topic, partitions=6))
    preload(run, replace(flow, login=None, client_id=run.name("past")), 60, span_s=10)
    start_flow(run, flow)
    start_members(run, members, reader, static=static)
    committed_all(run, reader.group, flow.topic)


def _transact(run: ScenarioRun, flow: Flow) -> None:
    name = run.name("bank")
    client = producer(run.sandbox, {"client.id": name, "transactional.id": name, "linger.ms": 50})
    client.init_transactions(REQUEST_S)
    number = 0
    while run.going:
        client.begin_transaction()
        for _ in range(round(RATE_PER_S * TRANSACTION_S)):
            key, number = next(flow.keys), number + 1
            client.produce(flow.topic, value_of(key, number, flow.value_bytes), key)
        run.pause(TRANSACTION_S)
        client.commit_transaction(REQUEST_S)
