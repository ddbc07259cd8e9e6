"""The whole way on each kind of store: capture, a later run, adoption of what was left, verification, damage."""

from pathlib import Path

import boto3
import pytest

from backup.test_capture import Backup, _log
from steward.backup.lineages import LineageStore
from steward.backup.stores.open import open_object_store
from steward.backup.stores.port import ConditionFailed, ObjectStore
from steward.backup.verification.levels import Level
from steward.records.backup.problems import ProblemKind
from support.cluster_of_logs import ClusterOfLogs

RECORD = (1_700_000_000_000, b"key", b"value" * 2_000, [("h", b"1")])


def _cluster() -> ClusterOfLogs:
    logs = {0: _log(3), 1: _log(1)}
    for _ in range(300):
        logs[0].write([RECORD] * 5)
    return ClusterOfLogs(logs, limit=1 << 20)


def test_capture_and_verification(store: ObjectStore) -> None:
    backup = Backup(_cluster(), store=store, object_bytes=6 << 20)
    assert backup.run().problem == ""
    backup.cluster.logs[1].write([RECORD])
    assert backup.run().problem == ""
    for number, log in backup.cluster.logs.items():
        assert backup.stored(number) == log.data
    assert backup.problems(Level.V4) == []


def test_objects_that_were_left_are_used_again(store: ObjectStore) -> None:
    backup = Backup(_cluster(), store=store, object_bytes=2 << 20)
    backup.run()
    lineage = backup.lineages()[0]
    whole = {o.key for o in store.list("")}
    for key in [k for k in whole if k.endswith(("HEAD", ".json"))]:
        store.delete(key)
    last = max(k for k in whole if k.endswith(".log") and "p00000" in k)
    store.delete(last)
    backup.cluster.reads.clear()
    backup.run()
    first = min(w[0].offset for _, w in backup.cluster.reads if 0 in w)
    assert first > 1_000  # what was whole is not read again
    assert backup.stored() == backup.cluster.logs[0].data
    assert backup.problems() == []
    assert len(backup.runs(lineage)) == 1


def test_of_two_runs_at_once_the_second_is_refused(store: ObjectStore) -> None:
    backup = Backup(_cluster(), store=store)
    other = Backup(backup.cluster, store=store, object_bytes=1)
    refused: list[str] = []

    def race(_: ClusterOfLogs) -> None:
        if not refused:
            with pytest.raises(ConditionFailed, match="another backup writes") as raised:
                other.run()
            refused.append(raised.value.summary)

    backup.cluster.on_read = race
    assert backup.run().problem == ""
    assert len(refused) == 1
    assert other.run().problem == ""
    assert backup.problems() == []


def test_an_object_replaced_in_the_bucket_is_found(bucket: str, s3_endpoint: str) -> None:
    store = open_object_store(f"s3://{bucket}/prod", Path())
    backup = Backup(_cluster(), store=store)
    backup.run()
    folder = LineageStore(store, backup.lineages()[0])
    key = folder.key(backup.runs(folder.lineage)[0].partitions[0].objects[0].key)
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    content = bytearray(client.get_object(Bucket=bucket, Key=f"prod/{key}")["Body"].read())
    content[len(content) // 2] ^= 4
    client.put_object(Bucket=bucket, Key=f"prod/{key}", Body=bytes(content))
    assert backup.problems(Level.V1) == []
    assert {p.kind for p in backup.problems(Level.V2)} == {ProblemKind.CONTENT}
    assert ProblemKind.BATCH_CHECKSUM in {p.kind for p in backup.problems()}
    client.delete_object(Bucket=bucket, Key=f"prod/{key}")
    assert {p.kind for p in backup.problems(Level.V1)} == {ProblemKind.MISSING_OBJECT}
