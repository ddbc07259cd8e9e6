"""Moves as requests: what is sent, and what each partition's answer comes to."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from steward.cluster.adapters.changes.cluster import cancel_reassignments, reassign_partitions
from steward.cluster.adapters.changes.rights import Need, needs_of
from steward.model.change import CancelReassignment, ReassignPartition
from steward.model.error import BrokerRefused, DeadlineExceeded, NotAuthorized
from steward.model.names import TopicPartition

A0, A1, B0 = TopicPartition("a", 0), TopicPartition("a", 1), TopicPartition("b", 0)
Codes = dict[tuple[str, int], int]


class _Client:
    """Answers each request by ``answer``; waiting costs nothing."""

    def __init__(self, *answers: Callable[[Any], Any]) -> None:
        self.connection = SimpleNamespace(request_timeout_seconds=30.0)
        self.throttle_seconds = 0.0
        self.sent: list[Any] = []
        self._answers = list(answers)

    async def ask_change(self, request: Any) -> Any:
        self.sent.append(request)
        return self._answers.pop(0)(request)

    async def sleep(self, seconds: float) -> None:
        pass


def _answer(codes: Codes, whole: int = 0) -> Callable[[Any], Any]:
    def of(request: Any) -> Any:
        topics = [
            SimpleNamespace(
                name=topic.name,
                partitions=[
                    SimpleNamespace(
                        partition_index=p.partition_index,
                        error_code=codes.get((topic.name, p.partition_index), 0),
                        error_message=None,
                    )
                    for p in topic.partitions
                ],
            )
            for topic in request.topics
        ]
        responses = [] if whole else topics
        return SimpleNamespace(error_code=whole, error_message=None, responses=responses)

    return of


def _asked(request: Any) -> dict[str, dict[int, Any]]:
    return {t.name: {p.partition_index: p.replicas for p in t.partitions} for t in request.topics}


def _move(partition: TopicPartition, *replicas: int, factor: bool = False) -> ReassignPartition:
    return ReassignPartition(partition=partition, replicas=replicas, changes_factor=factor)


def _reassign(client: _Client, *changes: ReassignPartition) -> list[Any]:
    return asyncio.run(reassign_partitions(cast("Any", client), changes))


def test_many_partitions_go_into_one_request_and_each_has_its_fate() -> None:
    client = _Client(_answer({("a", 1): 39}))
    fates = _reassign(client, _move(A0, 1, 2), _move(B0, 2, 3), _move(A1, 3, 1))
    assert _asked(client.sent[0]) == {"a": {0: [1, 2], 1: [3, 1]}, "b": {0: [2, 3]}}
    assert client.sent[0].allow_replication_factor_change is False
    assert fates[:2] == [None, None]
    assert isinstance(fates[2], BrokerRefused)
    assert fates[2].kafka_error == "INVALID_REPLICA_ASSIGNMENT"


def test_the_number_of_replicas_changes_only_where_that_is_meant() -> None:
    client = _Client(_answer({}), _answer({}))
    assert _reassign(client, _move(A0, 1, 2), _move(A1, 1, 2, 3, factor=True)) == [None, None]
    assert [r.allow_replication_factor_change for r in client.sent] == [False, True]
    assert _asked(client.sent[1]) == {"a": {1: [1, 2, 3]}}


def test_what_the_controller_puts_off_is_asked_for_again() -> None:
    client = _Client(_answer({}, whole=41), _answer({("a", 0): 41}), _answer({}))
    assert _reassign(client, _move(A0, 1, 2), _move(B0, 2, 3)) == [None, None]
    assert _asked(client.sent[1]) == {"a": {0: [1, 2]}, "b": {0: [2, 3]}}
    assert _asked(client.sent[2]) == {"a": {0: [1, 2]}}


@pytest.mark.parametrize(("code", "fault"), [(31, NotAuthorized), (7, DeadlineExceeded)])
def test_a_fault_of_the_whole_request_is_that_of_each(code: int, fault: type[Exception]) -> None:
    fates = _reassign(_Client(_answer({}, whole=code)), _move(A0, 1, 2), _move(B0, 2, 3))
    assert [type(f) for f in fates] == [fault, fault]


def test_cancelling_sends_no_replicas_and_what_rests_is_no_failure() -> None:
    client = _Client(_answer({("b", 0): 85}))
    changes = [CancelReassignment(partition=A0), CancelReassignment(partition=B0)]
    assert asyncio.run(cancel_reassignments(cast("Any", client), changes)) == [None, None]
    assert _asked(client.sent[0]) == {"a": {0: None}, "b": {0: None}}


def test_moves_need_alter_on_the_cluster() -> None:
    assert needs_of(_move(A0, 1)) == (Need("ALTER", "cluster"),)
    assert needs_of(CancelReassignment(partition=A0)) == (Need("ALTER", "cluster"),)
