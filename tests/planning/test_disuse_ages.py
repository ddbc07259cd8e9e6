"""Timestamps that tell no age confirm no disuse: seconds taken for milliseconds, or none at all."""

import pytest

from steward.model.instant import Instant
from steward.model.layer import Layers
from steward.model.names import TopicPartition
from steward.model.unknown import Observed
from steward.planning.disuse import TopicUse, evidence_of
from steward.planning.evidence import Answer
from support.cluster_text import NOW_MS, snapshot_of

DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("stamp_ms", "answer"),
    [
        (NOW_MS - 8 * DAY_MS, Answer.CLEAR),
        (NOW_MS - 6 * DAY_MS, Answer.IN_USE),
        (NOW_MS // 1000, Answer.UNKNOWN),
        (-1, Answer.UNKNOWN),
    ],
)
def test_only_a_sensible_timestamp_says_that_a_topic_is_idle(stamp_ms: int, answer: Answer) -> None:
    seen = snapshot_of({"topics": {"orders": "1x"}, "offsets": {"orders-0": [0, 9]}})
    assert isinstance(seen.topics, Observed)
    assert isinstance(seen.offsets, Observed)
    use = TopicUse(
        topic=seen.topics.value[0], earlier=seen.offsets.value, snapshot=seen,
        newest={TopicPartition("orders", 0): Instant(stamp_ms)}, now=Instant(NOW_MS),
        idle_ms=7 * DAY_MS, layers=Layers(topics=frozenset({"orders"})),
    )  # fmt: skip
    (found,) = [e for e in evidence_of(use) if e.question.startswith("newest record")]
    assert found.answer is answer
