"""Batches of a backup, restored into new topics of real brokers: same records, as Kafka's own tool reads them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import NewTopic

import steward.__main__ as entry
from steward.backup.lineages import LineageStore, all_lineages
from steward.backup.restore.digests import digest_of_backup, digest_of_topic
from steward.backup.restore.source import PartitionSource
from steward.backup.stores.local import LocalStore
from steward.change.execution.restore.restorer import TargetRange, TopicRestorer
from steward.cluster.log_reader import connect_log_reader
from steward.cluster.record_writer import connect_record_writer
from steward.records.batches import stored_batches
from steward.records.restore.decide import RestoreFormat
from steward.records.restore.offset_map import OffsetMap
from steward.sandbox.places import sandbox_home
from steward.sandbox.tools import run_tool
from support.live_admin import admin_client, client_settings, done
from support.running_sandbox import RunningSandbox
from support.waiting import until

pytestmark = pytest.mark.brokers

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
MIXED, TRANSACTIONS, STAMPED, COMPACTED = (
    "restore-mixed",
    "restore-transactions",
    "restore-stamped",
    "restore-compacted",
)
TOPICS = (MIXED, TRANSACTIONS, STAMPED, COMPACTED)
_BATCH = re.compile(
    r"baseOffset: (\d+) lastOffset: (\d+) count: (\d+) .*isTransactional: (\w+) isControl: (\w+) .*"
    r"compresscodec: (\w+) .*isvalid: (\w+)"
)


@pytest.fixture(scope="module")
def backup(
    sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningSandbox, Path]]:
    admin = admin_client(sandbox.connection)
    compacted = {
        "cleanup.policy": "compact",
        "segment.ms": "1000",
        "min.cleanable.dirty.ratio": "0.01",
    }
    by_broker = {"message.timestamp.type": "LogAppendTime"}
    done(
        admin.create_topics(
            [
                NewTopic(MIXED, 3, 3),
                NewTopic(TRANSACTIONS, 1, 3),
                NewTopic(STAMPED, 1, 3, config=by_broker),
                NewTopic(COMPACTED, 1, 3, config=compacted),
            ]
        )
    )
    settings = client_settings(sandbox.connection)
    for codec in CODECS:
        _write(settings | {"compression.type": codec}, MIXED, 900, partitions=3)
        _write(settings | {"compression.type": codec}, STAMPED, 100)
    _write_in_transactions(settings)
    _compact(settings)
    folder = tmp_path_factory.mktemp("backups")
    words = ["backup", "create", *TOPICS, "--to", str(folder), "--cluster", sandbox.name]
    assert entry.run([*words, "-o", "json"]) == 0
    yield sandbox, folder
    done(admin.delete_topics(list(TOPICS)))


def _write(
    settings: dict[str, Any], topic: str, records: int, *, partitions: int = 1, keys: int = 0
) -> None:
    producer = Producer(settings | {"batch.num.messages": 50})
    for i in range(records):
        key = b"key-%d" % (i % keys) if keys else b"k" * (i % 3) or None
        value = None if not keys and i % 7 == 0 else b"value %d " % i * (i % 40)
        headers = [("h", b"1"), ("h", None), ("", b"")][: i % 4]
        producer.produce(topic, value, key, partition=i % partitions, headers=headers)
    assert producer.flush(30) == 0


def _write_in_transactions(settings: dict[str, Any]) -> None:
    producer = Producer(settings | {"transactional.id": TRANSACTIONS})
    producer.init_transactions(30)
    for number, keep in enumerate((True, False, False, True, True)):
        producer.begin_transaction()
        for _ in range(10):
            producer.produce(TRANSACTIONS, b"%d %d" % (number, keep), b"k", partition=0)
        producer.flush(30)
        if keep:
            producer.commit_transaction(30)
        else:
            producer.abort_transaction(30)


def _compact(settings: dict[str, Any]) -> None:
    """Write keys again, then wait until the cleaner has removed records inside the log."""
    for _ in range(3):
        _write(settings, COMPACTED, 200, keys=20)

    def is_cleaned() -> bool:
        _write(settings, COMPACTED, 1, keys=1)
        found = _consumed(settings, COMPACTED, 0)
        return len(found) < found[-1][0] - found[0][0] + 1

    until(is_cleaned, "the cleaner has compacted the topic", seconds=150)


def _consumed(settings: dict[str, Any], topic: str, partition: int) -> list[tuple[Any, ...]]:
    """Read a partition with another client: offset, timestamp, key, value, headers."""
    consumer = Consumer(
        settings
        | {
            "group.id": "restore-check",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
        }
    )
    consumer.assign([Position(topic, partition, 0)])
    found: list[tuple[Any, ...]] = []
    while True:
        one = consumer.poll(30)
        assert one is not None
        if one.error():
            break
        found.append((one.offset(), one.timestamp(), one.key(), one.value(), one.headers()))
    consumer.close()
    return found


def _sources(folder: Path, topic: str) -> list[PartitionSource]:
    store = LocalStore(folder)
    (lineage,) = [one for one in all_lineages(store) if one.topic == topic]
    opened = LineageStore(store, lineage)
    tip = opened.tip()
    assert tip is not None
    runs = list(opened.history(tip))[::-1]
    return [PartitionSource(opened, runs, p.partition) for p in tip.manifest.partitions]


def _restored(
    sandbox: RunningSandbox, folder: Path, topic: str, goal: RestoreFormat
) -> tuple[str, tuple[OffsetMap, ...]]:
    target = f"{topic}-copy-{goal.codec or 'as-stored'}-{goal.small_bytes}"
    sources = _sources(folder, topic)
    admin = admin_client(sandbox.connection)
    done(admin.create_topics([NewTopic(target, len(sources), 3)]))
    empty = {source.partition: TargetRange(0, 0) for source in sources}
    with connect_record_writer(sandbox.connection) as writer:
        maps = TopicRestorer(writer, target, goal, window_bytes=64 * 1024).run(sources, empty)
        again = {m.partition: TargetRange(0, m.target_end) for m in maps}
        assert TopicRestorer(writer, target, goal).run(sources, again) == maps
    with connect_log_reader(sandbox.connection) as reader:
        for source, found in zip(sources, maps, strict=True):
            end = found.target_end
            theirs = digest_of_topic(reader, target, source.partition, start=0, end=end)
            ours = digest_of_backup(source)
            assert (ours.l1, ours.l2, ours.records) == (theirs.l1, theirs.l2, theirs.records)
            assert ours.records == found.records == end > 0
    return target, maps


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(
    "goal", [RestoreFormat(small_bytes=0), RestoreFormat(), RestoreFormat(codec="lz4")]
)
def test_restored_records_are_those_of_the_source(
    backup: tuple[RunningSandbox, Path], topic: str, goal: RestoreFormat
) -> None:
    sandbox, folder = backup
    target, maps = _restored(sandbox, folder, topic, goal)
    settings = client_settings(sandbox.connection)
    for found in maps:
        partition = found.partition
        before = _consumed(settings, topic, partition)
        after = _consumed(settings, target, partition)
        stored = before if topic != COMPACTED else None  # it is compacted further meanwhile
        if stored is not None:
            assert [(t[1], k, v, h) for _, t, k, v, h in after] == [
                (t[1], k, v, h) for _, t, k, v, h in stored
            ]
            assert [found.translate(offset) for offset, *_ in stored] == [o for o, *_ in after]
    batches = _dumped(sandbox, target)
    assert {b[6] for b in batches} == {"true"}
    assert {(b[3], b[4]) for b in batches} == {("false", "false")}
    assert all(int(b[1]) - int(b[0]) + 1 == int(b[2]) for b in batches)
    codecs = {b[5].lower() for b in batches}
    if goal.codec:
        assert codecs == {goal.codec}
    elif topic == MIXED:
        assert codecs == set(CODECS)
    admin = admin_client(sandbox.connection)
    done(admin.delete_topics([target]))


def _dumped(sandbox: RunningSandbox, topic: str) -> list[tuple[str, ...]]:
    home = sandbox_home(sandbox.name)
    logs = sorted({p.parent.name: p for p in home.rglob(f"{topic}-[0-9]*/*.log")}.values())
    assert logs
    said = run_tool(
        sandbox.name, "kafka-dump-log", ["--deep-iteration", "--files", ",".join(map(str, logs))]
    )
    assert said.returncode == 0, said.stderr
    return [found.groups() for found in _BATCH.finditer(said.stdout)]


def test_a_patched_batch_is_stored_byte_for_byte_but_for_what_belongs_to_the_producer(
    backup: tuple[RunningSandbox, Path],
) -> None:
    sandbox, folder = backup
    target, _ = _restored(sandbox, folder, MIXED, RestoreFormat(small_bytes=1))
    home = sandbox_home(sandbox.name)
    for source in _sources(folder, MIXED):
        stored = b"".join(bytes(piece.data) for piece in source.pieces())
        (path, *_) = home.rglob(f"{target}-{source.partition}/*.log")
        restored = path.read_bytes().rstrip(b"\0")
        assert _contents(stored) == _contents(restored)
    admin = admin_client(sandbox.connection)
    done(admin.delete_topics([target]))


def _contents(data: bytes) -> list[bytes]:
    """Of each batch, what neither broker nor producer sets: timestamps, count and records."""
    return [bytes(b.data[23:43]) + bytes(b.data[57:]) for b in stored_batches(data)]
