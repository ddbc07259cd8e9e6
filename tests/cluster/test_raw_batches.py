"""Fetch by topic id: what each answer of a broker means for a copy."""

import asyncio
import base64
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from steward.cluster.adapters.raw_batches import read_batches
from steward.cluster.log_reading import LogSlice, ReadFrom, ReadOutcome
from steward.model.topic import Topic
from steward.records.committed import Aborted

ID = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
TOPIC = Topic(
    name="orders",
    id=base64.urlsafe_b64encode(ID.bytes).rstrip(b"=").decode(),
    is_internal=False,
    partitions=(),
)


class Broker:
    """Answers one partition as given, and keeps the request."""

    def __init__(self, *, top: int = 0, **answer: Any) -> None:
        self.request: Any = None
        self.top = top
        whole = {
            "partition_index": 3, "error_code": 0, "records": b"", "aborted_transactions": None,
            "diverging_epoch": None, "preferred_read_replica": -1,
        }  # fmt: skip
        self.answer = SimpleNamespace(**{**whole, **answer})

    async def ask(self, broker: int, request: Any) -> Any:
        self.request = request
        topics = [SimpleNamespace(topic_id=ID, partitions=[self.answer])]
        return SimpleNamespace(error_code=self.top, responses=[] if self.top else topics)


def _read(broker: Broker, rack: str = "") -> LogSlice:
    client: Any = broker
    wanted = {3: ReadFrom(17, 5)}
    found = asyncio.run(read_batches(client, 1, TOPIC, wanted, max_bytes=1_000, rack=rack))
    assert list(found) == [3]
    return found[3]


def test_the_request_names_the_topic_by_its_id_and_the_epoch_of_what_was_read() -> None:
    broker = Broker()
    _read(broker, rack="r2")
    request = broker.request
    assert (request.isolation_level, request.max_bytes, request.rack_id) == (1, 1_000, "r2")
    assert (request.session_id, request.session_epoch) == (0, -1)  # no session
    (topic,) = request.topics
    assert topic.topic_id == ID
    place = topic.partitions[0]
    assert (place.partition, place.fetch_offset, place.last_fetched_epoch) == (3, 17, 5)


def test_records_come_with_the_aborted_transactions_that_overlap_them() -> None:
    aborted = [SimpleNamespace(producer_id=7, first_offset=12)]
    found = _read(Broker(records=b"batches", aborted_transactions=aborted))
    assert (found.outcome, bytes(found.records)) == (ReadOutcome.READ, b"batches")
    assert found.aborted == (Aborted(7, 12),)
    assert found.read_at is None


def test_a_leader_may_name_a_follower_to_read_from() -> None:
    assert _read(Broker(preferred_read_replica=2)).read_at == 2


def test_a_diverging_epoch_is_a_truncated_log() -> None:
    found = _read(Broker(diverging_epoch=SimpleNamespace(epoch=4, end_offset=11)))
    assert (found.outcome, found.diverged_at) == (ReadOutcome.DIVERGED, 11)
    none = SimpleNamespace(epoch=-1, end_offset=-1)
    assert _read(Broker(diverging_epoch=none)).outcome is ReadOutcome.READ


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (1, ReadOutcome.OUT_OF_RANGE),
        (3, ReadOutcome.GONE),
        (100, ReadOutcome.GONE),
        (103, ReadOutcome.GONE),
        (5, ReadOutcome.MOVED),
        (6, ReadOutcome.MOVED),
        (56, ReadOutcome.MOVED),
        (74, ReadOutcome.MOVED),
        (75, ReadOutcome.MOVED),
        (78, ReadOutcome.MOVED),
        (29, ReadOutcome.DENIED),
        (2, ReadOutcome.FAILED),
        (-1, ReadOutcome.FAILED),
    ],
)
def test_each_error_of_a_broker_has_its_meaning(code: int, outcome: ReadOutcome) -> None:
    found = _read(Broker(error_code=code))
    assert found.outcome is outcome
    assert "orders" in found.detail


def test_an_error_of_the_whole_answer_is_one_of_every_partition() -> None:
    assert _read(Broker(top=6)).outcome is ReadOutcome.MOVED
