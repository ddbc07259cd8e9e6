"""Transactions as their coordinators report them: ListTransactions on every broker, DescribeTransactions there."""

from collections.abc import Sequence
from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import (
    NONE,
    RETRIABLE,
    TRANSACTIONAL_ID_NOT_FOUND,
    raise_for,
    right,
    unknown_of,
    unknown_of_code,
)
from steward.cluster.adapters.messages import DescribeTransactionsRequest, ListTransactionsRequest
from steward.cluster.adapters.part_result import (
    ROUNDS,
    PartResult,
    ask_until_ready,
    batches,
    in_rounds,
)
from steward.model.error import StewardError
from steward.model.names import TopicPartition
from steward.model.transaction import Transaction
from steward.model.unknown import Unknown, Why

_IDS_PER_REQUEST = 500


async def read_transactions(client: KafkaClient) -> PartResult[tuple[Transaction, ...]]:
    """Read every transactional id that the coordinators know.

    Shape: what a broker or a transactional id failed to report is a gap.
    Errors: the fault of one broker, when none answered.
    """
    brokers = client.brokers
    answers = await client.all({b: _Coordinator(client, b).read() for b in brokers})
    faults = {b: a for b, a in answers.items() if isinstance(a, StewardError)}
    if faults and len(faults) == len(answers):
        raise next(iter(faults.values()))
    readings = [a for a in answers.values() if not isinstance(a, StewardError)]
    gaps = [_hidden(broker, unknown_of(fault)) for broker, fault in sorted(faults.items())]
    gaps += [gap for reading in readings for gap in reading.gaps]
    found = {t.transactional_id: t for reading in readings for t in reading.value}
    return PartResult(tuple(found[name] for name in sorted(found)), tuple(gaps))


def _hidden(broker: int, why: Unknown) -> Unknown:
    detail = f"transactions that broker {broker} coordinates are not listed: {why}"
    return Unknown(why.why, detail, why.acl)


class _Coordinator:
    """Lists and describes the transactional ids of one broker."""

    def __init__(self, client: KafkaClient, broker: int) -> None:
        self._client = client
        self._broker = broker
        self._found: list[Transaction] = []
        self._gaps: list[Unknown] = []

    async def read(self) -> PartResult[tuple[Transaction, ...]]:
        request = ListTransactionsRequest(state_filters=[], producer_id_filters=[])
        response = await ask_until_ready(self._client, self._broker, request)
        acl = right("DESCRIBE", "transactional-id", "*")
        raise_for(response.error_code, what="ListTransactions", acl=acl)
        ids = sorted(state.transactional_id for state in response.transaction_states)
        for name in await in_rounds(self._client, ids, self._describe):
            why = f"{name}: coordinator not ready after {ROUNDS} attempts"
            self._gaps.append(Unknown(Why.REFUSED, why))
        return PartResult(tuple(self._found), tuple(self._gaps))

    async def _describe(self, ids: Sequence[str]) -> Sequence[str]:
        again: list[str] = []
        for piece in batches(ids, _IDS_PER_REQUEST):
            request = DescribeTransactionsRequest(transactional_ids=list(piece))
            response = await self._client.ask(self._broker, request)
            again += [s.transactional_id for s in response.transaction_states if self._take(s)]
        return again

    def _take(self, state: Any) -> bool:
        """Store one answer; return whether to retry."""
        code, name = state.error_code, state.transactional_id
        if code == NONE:
            self._found.append(_transaction(state, self._broker))
        elif code in RETRIABLE:
            return True
        elif code != TRANSACTIONAL_ID_NOT_FOUND:
            acl = right("DESCRIBE", "transactional-id", name)
            self._gaps.append(unknown_of_code(code, acl=acl, message=name))
        return False


def _transaction(state: Any, coordinator: int) -> Transaction:
    return Transaction(
        transactional_id=state.transactional_id,
        coordinator=coordinator,
        state=state.transaction_state,
        producer_id=state.producer_id,
        producer_epoch=state.producer_epoch,
        timeout_ms=state.transaction_timeout_ms,
        start_ms=state.transaction_start_time_ms,
        partitions=tuple(
            sorted(TopicPartition(t.topic, p) for t in state.topics for p in t.partitions)
        ),
    )
