"""Topics that are named: a broker whose metadata lags does not make a topic that exists seem absent."""

import asyncio
import uuid
from typing import Any

import pytest
from kafka.protocol.metadata import MetadataResponse

from steward.cluster.adapters.topics import read_topics

UNKNOWN_TOPIC_OR_PARTITION = 3


class Brokers:
    """Brokers asked in turn; each knows topics of its own."""

    def __init__(self, *known: set[str]) -> None:
        self.known = known
        self.asked: list[list[str]] = []

    @property
    def brokers(self) -> tuple[int, ...]:
        return tuple(range(len(self.known)))

    async def ask_any(self, request: Any) -> Any:
        names = [t.name for t in request.topics]
        known = self.known[len(self.asked) % len(self.known)]
        self.asked.append(names)
        topic = MetadataResponse.MetadataResponseTopic
        return MetadataResponse(
            topics=[
                topic(
                    error_code=0 if name in known else UNKNOWN_TOPIC_OR_PARTITION, name=name,
                    topic_id=uuid.UUID(int=1 if name in known else 0), is_internal=False, partitions=[],
                )
                for name in names
            ]
        )  # fmt: skip


def read(brokers: Any, *names: str) -> list[str]:
    found = asyncio.run(read_topics(brokers, frozenset(names), with_elr=False))
    return [topic.name for topic in found.value]


def test_a_topic_that_one_broker_does_not_know_yet_is_asked_of_the_next() -> None:
    brokers = Brokers({"old"}, {"old", "new"}, {"old", "new"})
    assert read(brokers, "new", "old") == ["new", "old"]
    assert brokers.asked == [["new", "old"], ["new"]]


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_a_topic_that_does_not_exist_costs_at_most_two_more_requests(count: int) -> None:
    brokers = Brokers(*({"old"} for _ in range(count)))
    assert read(brokers, "none", "old") == ["old"]
    assert len(brokers.asked) == min(count, 3)
