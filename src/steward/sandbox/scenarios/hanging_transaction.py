"""Hanging transaction: a partition has an open transaction unknown to every coordinator, so none ends it.

Such transactions came from clients that wrote after their transaction had ended (KIP-890). Brokers now verify
with the coordinator, so the scenario disables that during the write.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from steward.model.verdict import Cause
from steward.sandbox.scenarios.clients import REQUEST_S, admin, admin_types
from steward.sandbox.scenarios.consuming import CLASSIC, ConsumerMember, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, preload, start_flow, value_of
from steward.sandbox.scenarios.raw_batch import RawBatch
from steward.sandbox.scenarios.raw_connection import RawConnection
from steward.sandbox.scenarios.raw_requests import (
    TRANSACTION,
    ProducerIdentity,
    coordinator_of,
    init_producer_id,
    produce,
)
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create, leaders
from steward.sandbox.scenarios.watching import committed, end_offsets

AGE_S = 25 * 60
"""Above transaction.max.timeout.ms (15 min) + 5 min, from which a transaction counts as hanging."""
PARTITION = 0
PAST = 150
PAST_S = 40 * 60
RATE_PER_S = 10.0
HIDDEN = 12_000
"""Records written to the partition since, invisible to read_committed consumers."""
HIDDEN_S = 20 * 60
_TIMEOUT_MS = 60_000
_VERIFICATION = "transaction.partition.verification.enable"


def run(run: ScenarioRun) -> None:
    """Create a hanging transaction on a partition that is being written and read."""
    topic, group = run.name("payments"), run.name("ledger")
    create(run, ScenarioTopic(name=topic))
    keys = even_keys(run.random("keys"), 200)
    flow = Flow(client_id=run.name("bank"), topic=topic, keys=keys, rate_per_s=RATE_PER_S)
    preload(run, flow, PAST, span_s=PAST_S)
    hang(run, topic, PARTITION, age_s=AGE_S)
    preload(run, _hidden(flow), HIDDEN, span_s=HIDDEN_S)
    start_flow(run, flow)
    settings = {**CLASSIC, "isolation.level": "read_committed"}
    start_members(
        run, 1, ConsumerMember(client_id=group, group=group, topics=[topic], settings=settings)
    )
    run.until(lambda: _blocks(run, topic, PARTITION), "the last stable offset does not advance")
    run.until(lambda: (topic, PARTITION) in committed(run.sandbox, group), f"group {group} reads")


def _hidden(flow: Flow) -> Flow:
    in_one_go = {**flow.settings, "batch.num.messages": 2_000}
    return replace(flow, settings=in_one_go, value_bytes=100, partition=PARTITION)


def hang(run: ScenarioRun, topic: str, partition: int, *, age_s: float) -> int:
    """Write to a partition within a transaction unknown to its coordinator; return the offset.

    One batch, timestamped ``age_s`` seconds ago: brokers take a transaction's age from its last record.
    """
    transactional_id = run.name("transfer")
    with _verification_off(run):
        identity = _identity(run, transactional_id)
        batch = RawBatch(
            producer_id=identity.producer_id,
            producer_epoch=identity.epoch,
            base_sequence=0,
            timestamp_ms=round((time.time() - age_s) * 1_000),
            records=[(b"transfer-00001", value_of(b"transfer-00001", 1, 300))],
        )
        client = admin(run.sandbox)
        run.until(lambda: leaders(client, topic).get(partition, -1) >= 0, f"{topic} has leaders")
        leader = leaders(client, topic)[partition]
        run.until(lambda: _verification(run, leader) == "false", "verification is off")
        with RawConnection(run.sandbox, leader) as connection:
            return produce(connection, transactional_id, topic, partition, batch.encode())


def _identity(run: ScenarioRun, transactional_id: str) -> ProducerIdentity:
    found: list[ProducerIdentity] = []

    def registered() -> bool:
        with RawConnection(run.sandbox, _any_broker(run)) as connection:
            coordinator = coordinator_of(connection, transactional_id, TRANSACTION)
        with RawConnection(run.sandbox, coordinator) as connection:
            found.append(init_producer_id(connection, transactional_id, _TIMEOUT_MS))
        return True

    run.until(registered, "a transaction coordinator answers")
    return found[0]


def _any_broker(run: ScenarioRun) -> int:
    return next(broker.id for broker in run.sandbox.brokers if broker.pid is not None)


@contextmanager
def _verification_off(run: ScenarioRun) -> Generator[None]:
    _set_verification(run, "false")
    try:
        yield
    finally:
        _set_verification(run, None)


def _set_verification(run: ScenarioRun, value: str | None) -> None:
    types, client = admin_types(), admin(run.sandbox)
    change = types.AlterConfigOpType.DELETE if value is None else types.AlterConfigOpType.SET
    entry = types.ConfigEntry(_VERIFICATION, value or "", incremental_operation=change)
    for broker in run.sandbox.brokers:  # a request may name only one broker
        asked = _broker(broker.id, incremental_configs=[entry])
        (answer,) = client.incremental_alter_configs([asked], request_timeout=REQUEST_S).values()
        answer.result(timeout=REQUEST_S)


def _verification(run: ScenarioRun, broker_id: int) -> str | None:
    client = admin(run.sandbox)
    asked = [_broker(broker_id)]
    (answer,) = client.describe_configs(asked, request_timeout=REQUEST_S).values()
    return answer.result(timeout=REQUEST_S)[_VERIFICATION].value


def _broker(broker_id: int, **changes: Any) -> Any:
    types = admin_types()
    return types.ConfigResource(types.ResourceType.BROKER, str(broker_id), **changes)


def _blocks(run: ScenarioRun, topic: str, partition: int) -> bool:
    client, where = admin(run.sandbox), (topic, partition)
    stable = end_offsets(client, topic, committed_only=True)[where]
    return stable < end_offsets(client, topic)[where] - 1


SCENARIO = Scenario(
    name="hanging-transaction",
    summary="a transaction unknown to every coordinator stays open on a partition",
    injects=(
        f"One record of transactional id hanging-transaction.transfer, timestamped {AGE_S // 60} "
        f"minutes ago, on partition {PARTITION} of hanging-transaction.payments, written by "
        f"Produce v7 while {_VERIFICATION} is disabled on the brokers (for about a second, then "
        "restored); the partition is never added to a transaction. Its last stable offset does not "
        "advance, so group hanging-transaction.ledger (read_committed) stops there, before "
        f"{HIDDEN:,} records written since, while {RATE_PER_S:.0f} records a second continue "
        "to arrive. Left behind: topic, group, and the transaction until it is aborted."
    ),
    finds=("transaction_hanging", "lso_far_behind"),
    diagnosed={"ledger": Cause.HANGING_TRANSACTION},
    default_seconds=180,
    run=run,
)
