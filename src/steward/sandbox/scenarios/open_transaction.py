"""Open transaction: its producer has started it and written, and does not end it."""

from dataclasses import replace

from steward.model.verdict import Cause
from steward.sandbox.scenarios.clients import REQUEST_S, admin, producer
from steward.sandbox.scenarios.consuming import CLASSIC, ConsumerMember, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed, end_offsets

PARTITION = 0
RATE_PER_S = 9.0
PAST = 150
HIDDEN = 600
HIDDEN_S = 300
TIMEOUT_MS = 900_000
"""transaction.max.timeout.ms of brokers by default: the longest timeout a producer may request."""


def run(run: ScenarioRun) -> None:
    """Start a transaction and leave it open on a partition that is being written and read."""
    topic, group = run.name("payments"), run.name("ledger")
    create(run, ScenarioTopic(name=topic))
    keys = even_keys(run.random("keys"), 200)
    flow = Flow(client_id=run.name("bank"), topic=topic, keys=keys, rate_per_s=RATE_PER_S)
    preload(run, flow, PAST, span_s=2 * HIDDEN_S)
    _begin(run, topic)
    preload(run, replace(flow, partition=PARTITION), HIDDEN, span_s=HIDDEN_S)
    start_flow(run, flow)
    settings = {**CLASSIC, "isolation.level": "read_committed"}
    start_members(
        run, 1, ConsumerMember(client_id=group, group=group, topics=[topic], settings=settings)
    )
    client, where = admin(run.sandbox), (topic, PARTITION)
    run.until(
        lambda: (
            committed(run.sandbox, group).get(where) == _stable(client, topic) < _end(client, topic)
        ),
        f"group {group} waits before the transaction",
    )


def _begin(run: ScenarioRun, topic: str) -> None:
    client = producer(
        run.sandbox,
        {
            "client.id": run.name("nightly"),
            "transactional.id": run.name("nightly"),
            "transaction.timeout.ms": TIMEOUT_MS,
        },
    )
    client.init_transactions(REQUEST_S)
    client.begin_transaction()
    client.produce(topic, b"begun", b"nightly-00001", PARTITION)
    run.until(lambda: client.flush(1) == 0, "the transaction has written")
    run.life.at_end(lambda: client.abort_transaction(REQUEST_S))


def _stable(client: object, topic: str) -> int:
    return end_offsets(client, topic, committed_only=True)[topic, PARTITION]


def _end(client: object, topic: str) -> int:
    return end_offsets(client, topic)[topic, PARTITION]


SCENARIO = Scenario(
    name="open-transaction",
    summary="a producer keeps a transaction open, and read_committed consumers wait before it",
    injects=(
        "Transactional id open-transaction.nightly writes one record to partition "
        f"{PARTITION} of open-transaction.payments and leaves its transaction open "
        f"(transaction.timeout.ms {TIMEOUT_MS // 60_000} min). Group open-transaction.ledger "
        f"(read_committed) stops there, before {HIDDEN} records timestamped over the last "
        f"{HIDDEN_S // 60} minutes and {RATE_PER_S / 3:.0f} a second. The transaction is aborted "
        "at the end. Left behind: topic and group."
    ),
    finds=(),
    diagnosed={"ledger": Cause.OPEN_TRANSACTION},
    default_seconds=180,
    run=run,
)
