"""V4 decodes what is stored and compares digests; V5 compares with what the cluster holds now."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backup.test_capture import Backup, _log
from steward.backup.lineages import LineageStore
from steward.backup.verification.levels import Level
from steward.backup.verification.live import LiveCheck, LiveComparison
from steward.backup.verification.verify import LineageVerifier, Verification
from steward.model.unknown import Unknown
from steward.records.backup.manifest import AbortedTransaction, encode, read_manifest
from steward.records.backup.problems import ProblemKind
from steward.records.batches import stored_batches
from steward.records.committed import Aborted, Skipped, committed_batches
from steward.records.record_digest import RecordDigest
from steward.records.stored_records import records_of
from support.cluster_of_logs import TOPIC, ClusterOfLogs
from support.memory_objects import MemoryStore
from support.partition_logs import PartitionLog, partition_logs

RECORD = (1_700_000_000_000, b"key", b"value", [("h", b"1")])


def _verify(backup: Backup, level: Level = Level.V4) -> Verification:
    return LineageVerifier(LineageStore(backup.store, backup.lineages()[-1]), level).run()


def _digest_of(log: PartitionLog, aborted: Sequence[AbortedTransaction]) -> RecordDigest:
    """What a read_committed consumer would read, digested by the other way of reading batches."""
    digest = RecordDigest()
    listed = [Aborted(a.producer_id, a.first_offset) for a in aborted]
    for batch in committed_batches(stored_batches(log.data), listed, Skipped()):
        records = records_of(batch)
        assert not isinstance(records, Unknown)
        digest.add(records)
    return digest


@given(partition_logs(), st.integers(1, 2_000), st.integers(1, 3_000))
@settings(max_examples=40)
def test_digests_are_those_of_committed_records_in_any_fetch_and_object_sizes(
    log: PartitionLog, limit: int, object_bytes: int
) -> None:
    cluster = ClusterOfLogs(
        {0: log}, limit=limit, topic_configs={TOPIC: {"cleanup.policy": "compact"}}
    )
    backup = Backup(cluster, object_bytes=object_bytes, digest=True)
    part = backup.run().manifest.partitions[0]
    expected = _digest_of(log, log.aborted)
    assert part.digest is not None
    assert (part.digest.l1, part.digest.l2) == (expected.l1, expected.l2)
    assert part.digest.records == expected.records == part.counts.data
    found = _verify(backup)
    assert found.problems == []
    assert found.digests == [part.digest]


def test_tombstones_and_null_keys_are_counted() -> None:
    log = PartitionLog()
    log.write([(1, b"k", None, []), (2, None, b"v", []), (3, b"", b"", [])], "gzip")
    part = Backup(ClusterOfLogs({0: log}), digest=True).run().manifest.partitions[0]
    assert (part.counts.tombstones, part.counts.null_keys) == (1, 1)
    plain = Backup(ClusterOfLogs({0: log})).run().manifest.partitions[0]
    assert (plain.counts.tombstones, plain.counts.null_keys, plain.digest) == (None, None, None)


def test_schema_ids_of_values_are_counted() -> None:
    log = PartitionLog()
    framed = [(1, None, b"\0" + number.to_bytes(4, "big") + b"x", []) for number in (41, 41, 7)]
    log.write([*framed, (1, None, b"\1\0\0\0\1x", []), (1, None, b"\0\0", []), (1, None, None, [])])
    backup = Backup(ClusterOfLogs({0: log}), digest=True)
    part = backup.run().manifest.partitions[0]
    assert part.schema_ids == {"7": 1, "41": 2}
    assert _verify(backup).problems == []
    folder = LineageStore(backup.store, backup.lineages()[0])
    tip = folder.tip()
    assert tip is not None
    forged = replace(tip.manifest, partitions=(replace(part, schema_ids={"7": 1}),))
    folder.publish(forged, tip)
    assert {p.kind for p in _verify(backup).problems} == {ProblemKind.FACTS}


def test_a_digest_that_is_not_that_of_the_records_is_found() -> None:
    backup = Backup(ClusterOfLogs({0: _log()}), digest=True)
    backup.run()
    folder = LineageStore(backup.store, backup.lineages()[0])
    tip = folder.tip()
    assert tip is not None
    part = tip.manifest.partitions[0]
    assert part.digest is not None
    forged = replace(part, digest=replace(part.digest, l1="00" * 32))
    folder.publish(replace(tip.manifest, partitions=(forged,)), tip)
    assert {p.kind for p in _verify(backup).problems} == {ProblemKind.DIGEST}
    assert _verify(backup, Level.V3).problems == []


def test_records_that_cannot_be_decoded_are_found_though_the_checksum_fits() -> None:
    from records.batch_writing import with_payload

    log = _log(2)
    log.batches[1] = with_payload(log.batches[1], b"\xff" * 40, 0)
    backup = Backup(ClusterOfLogs({0: log}))
    backup.run()
    assert _verify(backup, Level.V3).problems == []
    assert [(p.kind, p.offset) for p in _verify(backup).problems] == [(ProblemKind.RECORDS, 3)]
    stopped = Backup(backup.cluster, digest=True).run()
    assert "cannot be read" in stopped.problem


def test_adopted_objects_are_decoded_too() -> None:
    log = _log(6)
    cluster = ClusterOfLogs({0: log}, limit=1)
    whole = Backup(cluster, digest=True)
    expected = whole.run().manifest.partitions[0].digest
    store = MemoryStore()
    cut = Backup(cluster, store=store, object_bytes=1)
    cut.run()
    for key in [k for k in store.objects if k.endswith(("HEAD", ".json"))]:
        del store.objects[key]
    del store.objects[max(k for k in store.objects if k.endswith(".log"))]
    again = Backup(cluster, store=store, digest=True)
    assert again.run().manifest.partitions[0].digest == expected
    assert _verify(again).problems == []


# The cluster


def _live(backup: Backup) -> LiveComparison:
    folder = LineageStore(backup.store, backup.lineages()[0])
    runs = backup.runs(backup.lineages()[0])
    return LiveCheck(folder, backup.cluster, sleep=lambda _: None).run(runs)


def _two_runs() -> Backup:
    backup = Backup(ClusterOfLogs({0: _log(6), 1: PartitionLog()}, limit=200), object_bytes=300)
    backup.run()
    for log in backup.cluster.logs.values():
        log.write([RECORD] * 2, "zstd")
    backup.run()
    return backup


def test_the_cluster_holds_the_same_batches() -> None:
    backup = _two_runs()
    backup.cluster.logs[0].write([RECORD])  # newer than the backup
    found = _live(backup)
    assert (found.problems, found.batches, found.why_not) == ([], 8, "")


def test_what_retention_deleted_is_not_compared() -> None:
    backup = _two_runs()
    backup.cluster.logs[0].trim(10)
    found = _live(backup)
    assert found.problems == []
    assert 0 < found.batches < 8
    backup.cluster.logs[0].trim(20)
    assert _live(backup).problems == []


@pytest.mark.parametrize("at", [0, 3, 5])
def test_another_batch_in_the_cluster_is_named_by_its_offset(at: int) -> None:
    backup = _two_runs()
    log = backup.cluster.logs[0]
    other = PartitionLog(end=at * 3)
    other.write([(1, b"other", b"value", [])] * 3)
    log.batches[at] = other.batches[0]
    problems = _live(backup).problems
    assert [(p.kind, p.offset) for p in problems] == [(ProblemKind.LIVE, at * 3)]
    assert "in the cluster" in problems[0].found


def test_a_lost_batch_in_the_cluster_is_found() -> None:
    backup = _two_runs()
    del backup.cluster.logs[0].batches[2]
    assert [p.offset for p in _live(backup).problems] == [6]


def test_another_or_a_compacted_topic_is_not_compared() -> None:
    backup = _two_runs()
    backup.cluster.topic_id = "another"
    assert "no topic with this id" in _live(backup).why_not
    compacted = Backup(
        ClusterOfLogs({0: _log()}, topic_configs={TOPIC: {"cleanup.policy": "compact"}})
    )
    compacted.run()
    assert "is compacted" in _live(compacted).why_not


def test_manifests_with_digests_are_read_as_written() -> None:
    manifest = Backup(ClusterOfLogs({0: _log()}), digest=True).run().manifest
    assert read_manifest(encode(manifest), "m") == manifest
