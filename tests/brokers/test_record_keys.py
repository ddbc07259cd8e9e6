"""Keys sampled from real brokers: what producers of each codec wrote, within the budget, without a group."""

from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from steward.analysis.diagnosis.record_keys import KeyPattern, pattern_of
from steward.cluster.observer import connect
from steward.cluster.ports import Observer, Scope
from steward.model.names import TopicPartition
from steward.model.record_key import KeySample
from steward.model.snapshot import Part
from steward.model.unknown import Observed
from support.live_admin import admin_client, client_settings, done
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
HOT, MANY, STICKY, ABORTED = "keys-hot", "keys-many", "keys-sticky", "keys-aborted"
RECORDS = 3_000
EXCESS = 0.5


@pytest.fixture(scope="module")
def observer(sandbox: RunningSandbox) -> Iterator[Observer]:
    admin = admin_client(sandbox.connection)
    topics = [HOT, MANY, ABORTED, *(f"{STICKY}-{codec}" for codec in CODECS)]
    done(admin.create_topics([NewTopic(name, 3, 1) for name in topics]))
    settings = client_settings(sandbox.connection)
    for codec in CODECS:
        _write(settings | {"compression.type": codec}, f"{STICKY}-{codec}", lambda _: None)
    _write(settings, HOT, lambda i: b"tenant-1" if i % 4 else b"tenant-%d" % i)
    _write(settings, MANY, lambda i: b"customer-%d" % i)
    _write_in_transactions(settings)
    with connect(sandbox.connection) as found:
        yield found
    done(admin.delete_topics(topics))


def _write(settings: dict[str, Any], topic: str, key_of: Any) -> None:
    """Write to partition 0 alone, as a producer that sticks to it does."""
    producer = Producer(settings | {"batch.num.messages": 50})
    for i in range(RECORDS):
        producer.produce(topic, b"v" * 100, key_of(i), partition=0)
    assert producer.flush(30) == 0


def _write_in_transactions(settings: dict[str, Any]) -> None:
    producer = Producer(settings | {"transactional.id": ABORTED})
    producer.init_transactions(30)
    for keep in (True, False, True):
        producer.begin_transaction()
        for _ in range(10):
            producer.produce(ABORTED, b"v", b"kept" if keep else b"gone", partition=0)
        producer.flush(30)
        if keep:
            producer.commit_transaction(30)
        else:
            producer.abort_transaction(30)


def _sampled(observer: Observer, topic: str, budget: int = 1 << 20) -> KeySample:
    scope = Scope(topics=frozenset({topic}), key_bytes=budget)
    found = observer.observe(frozenset({Part.KEYS}), scope).keys
    assert isinstance(found, Observed)
    assert set(found.value) == {TopicPartition(topic, 0)}
    sample = found.value[TopicPartition(topic, 0)]
    assert isinstance(sample, KeySample), sample
    return sample


@pytest.mark.parametrize("codec", CODECS)
def test_records_without_keys(observer: Observer, codec: str) -> None:
    sample = _sampled(observer, f"{STICKY}-{codec}")
    assert sample.records == sample.keyless > 0
    assert sample.unread == ()
    assert pattern_of(sample, EXCESS) is KeyPattern.NO_KEYS


def test_one_hot_key(observer: Observer) -> None:
    sample = _sampled(observer, HOT)
    top = sample.frequent[0].share
    assert top.low <= 0.75 <= top.high
    assert top.high - top.low < 0.1
    assert pattern_of(sample, EXCESS) is KeyPattern.ONE_KEY
    assert "tenant" not in repr(sample)


def test_many_keys(observer: Observer) -> None:
    sample = _sampled(observer, MANY)
    assert sample.distinct == sample.records > 1_000
    assert pattern_of(sample, EXCESS) is KeyPattern.MANY_KEYS


def test_aborted_records_and_markers_are_left_out(observer: Observer) -> None:
    sample = _sampled(observer, ABORTED)
    assert (sample.records, sample.distinct) == (20, 1)


def test_a_small_budget_samples_the_whole_range(observer: Observer) -> None:
    sample = _sampled(observer, MANY, budget=64 * 1024)
    largest_batch = 50 * 200
    assert sample.bytes_read <= 64 * 1024 + largest_batch
    assert sample.records < RECORDS
    assert sample.windows >= 4
    assert sample.last_offset > RECORDS * 3 // 4


def test_sampling_joins_no_group(observer: Observer) -> None:
    before = observer.requests_sent()
    _sampled(observer, HOT)
    sent = {k for k, n in observer.requests_sent().items() if n > before.get(k, 0)}
    assert "Fetch" in sent
    assert not sent & {"JoinGroup", "OffsetCommit", "SyncGroup", "ConsumerGroupHeartbeat"}
