"""Timestamps that tell no age confirm no disuse: seconds taken for milliseconds, or none at all."""

from dataclasses import replace

import pytest

from steward.change.planning.disuse import evidence_of
from steward.change.planning.evidence import UseAnswer
from steward.change.planning.topic_use import TopicUse
from steward.model.instant import Instant
from steward.model.layer import Layers
from steward.model.names import TopicPartition
from steward.model.topic import MaxTimestamp
from steward.model.unknown import Observed, Unknown, Why
from support.cluster_text import NOW_MS, snapshot_of

DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("stamp_ms", "answer"),
    [
        (NOW_MS - 8 * DAY_MS, UseAnswer.CLEAR),
        (NOW_MS - 6 * DAY_MS, UseAnswer.IN_USE),
        (NOW_MS // 1000, UseAnswer.UNKNOWN),
        (-1, UseAnswer.UNKNOWN),
    ],
)
def test_only_a_sensible_timestamp_says_that_a_topic_is_idle(
    stamp_ms: int, answer: UseAnswer
) -> None:
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


@pytest.mark.parametrize(
    ("kind", "last_ms", "largest_ms", "answer", "said"),
    [
        ("CreateTime", NOW_MS - 30 * DAY_MS, NOW_MS - 8 * DAY_MS, UseAnswer.CLEAR, "out of order in orders-0"),
        ("CreateTime", NOW_MS - 30 * DAY_MS, NOW_MS - DAY_MS, UseAnswer.IN_USE, "producers' timestamps"),
        ("CreateTime", NOW_MS - 8 * DAY_MS, NOW_MS - 8 * DAY_MS, UseAnswer.CLEAR, "producers' timestamps"),
        ("LogAppendTime", NOW_MS - 8 * DAY_MS, NOW_MS - 8 * DAY_MS, UseAnswer.CLEAR, "brokers' timestamps"),
        ("CreateTime", NOW_MS - 30 * DAY_MS, NOW_MS + DAY_MS, UseAnswer.UNKNOWN, "1d in the future"),
        ("CreateTime", None, NOW_MS - 8 * DAY_MS, UseAnswer.CLEAR, "8d old"),
        ("CreateTime", None, None, UseAnswer.UNKNOWN, "was not read"),
        (None, NOW_MS - 8 * DAY_MS, None, UseAnswer.CLEAR, "configuration is unknown"),
    ],
)  # fmt: skip
def test_the_largest_timestamp_counts_and_who_set_it_is_said(
    kind: str | None, last_ms: int | None, largest_ms: int | None, answer: UseAnswer, said: str
) -> None:
    text = {"topics": {"orders": "1x"}, "offsets": {"orders-0": [0, 9]}}
    configs = (
        {} if kind is None else {"topic_configs": {"orders": {"message.timestamp.type": kind}}}
    )
    seen = snapshot_of({**text, **configs})
    partition = TopicPartition("orders", 0)
    if largest_ms is not None:
        seen = replace(
            seen,
            max_timestamps=Observed(value={partition: MaxTimestamp(3, largest_ms)}, at_ms=NOW_MS),
        )
    assert isinstance(seen.topics, Observed)
    assert isinstance(seen.offsets, Observed)
    last = Unknown(Why.DENIED, "was not read") if last_ms is None else Instant(last_ms)
    use = TopicUse(
        topic=seen.topics.value[0], earlier=seen.offsets.value, snapshot=seen,
        newest={partition: last}, now=Instant(NOW_MS),
        idle_ms=7 * DAY_MS, layers=Layers(topics=frozenset({"orders"})),
    )  # fmt: skip
    (found,) = [e for e in evidence_of(use) if e.question.startswith("newest record")]
    assert found.answer is answer
    assert said in found.fact
