"""What a restore reads of a backup before it writes: configuration with retention held off, and what would expire."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from steward.backup.lineages import LineageStore
from steward.backup.restore.digests import digest_of_backup
from steward.backup.restore.preparation import Expired, expired, topic_to_create
from steward.backup.restore.source import PartitionSource
from steward.backup.stores.local import LocalStore
from steward.documents.fault import DocumentError
from steward.records.backup.header_index import HeaderIndex, write_header_index
from steward.records.backup.layout import Lineage, header_key, log_key, meta_key
from steward.records.backup.manifest import (
    Manifest,
    ObjectEntry,
    PartitionManifest,
    StoredRange,
    sha256_hex,
)
from steward.records.batch_table import batch_table
from steward.records.record_digest import RecordDigest
from steward.records.stored_records import StoredRecord
from support.partition_log import Written, batch_of

NOW = 1_700_000_000_000
HOUR = 3_600_000


def records(hours_ago: int, number: int = 3) -> list[Written]:
    return [Written(NOW - hours_ago * HOUR, b"k", b"v" * 100) for _ in range(number)]


BATCHES = [batch_of(records(hours), base=3 * i) for i, hours in enumerate((50, 30, 10, 1))]
OVERRIDES = {
    "retention.ms": (str(24 * HOUR), "DYNAMIC_TOPIC_CONFIG"),
    "retention.bytes": ("-1", "DEFAULT_CONFIG"),
    "cleanup.policy": ("delete", "DYNAMIC_TOPIC_CONFIG"),
    "message.timestamp.type": ("LogAppendTime", "DYNAMIC_TOPIC_CONFIG"),
    "message.timestamp.after.max.ms": ("3600000", "STATIC_BROKER_CONFIG"),
    "min.insync.replicas": ("2", "DYNAMIC_TOPIC_CONFIG"),
    "max.message.bytes": ("2000000", "STATIC_BROKER_CONFIG"),
    "leader.replication.throttled.replicas": ("0:1", "DYNAMIC_TOPIC_CONFIG"),
}


def stored(folder: Path, batches: Sequence[bytes] = BATCHES) -> tuple[LineageStore, Manifest]:
    """Write a backup of one run, by hand."""
    lineage = LineageStore(LocalStore(folder), Lineage("c1", "orders", "id1"))
    meta: dict[str, Any] = {
        "format": 1,
        "topic": {"name": "orders", "partitions": [{"partition": 0, "replicas": [1, 2]}]},
        "config": {k: {"value": v, "source": s} for k, (v, s) in OVERRIDES.items()},
    }
    content = json.dumps(meta).encode()
    data, key = b"".join(batches), log_key(0, 0)
    table = batch_table(data)
    index = write_header_index(HeaderIndex(table.rows))
    for name, value in (
        (meta_key("r1"), content),
        (key, data),
        (header_key(key), index),
    ):
        lineage.store.put(lineage.key(name), value)
    entry = ObjectEntry(
        key=key,
        size=len(data),
        sha256=sha256_hex(data),
        crc32c="",
        batches=len(table),
        records=int(table.rows["record_count"].sum()),
        base=0,
        last=int(table.last_offsets[-1]),
        header_size=len(index),
        header_sha256=sha256_hex(index),
    )
    end = entry.last + 1
    part = PartitionManifest(
        partition=0, log_start=0, high_watermark=end, last_stable_offset=end,
        stored=StoredRange(base=0, logical_start=0, next_offset=end), objects=(entry,),
    )  # fmt: skip
    manifest = Manifest(
        run="r1", began_at="", ended_at="", cluster_id="c1", topic="orders", topic_id="id1",
        compacted=False, meta=sha256_hex(content), partitions=(part,),
    )  # fmt: skip
    return lineage, manifest


def test_the_topic_is_created_without_what_would_delete_or_stamp_records(tmp_path: Path) -> None:
    found = topic_to_create(*stored(tmp_path))
    assert (found.partitions, found.replication_factor) == (1, 2)
    assert found.configs == {
        "cleanup.policy": "delete",
        "compression.type": "producer",
        "max.message.bytes": "2000000",
        "message.timestamp.after.max.ms": "9223372036854775807",
        "message.timestamp.type": "CreateTime",
        "min.insync.replicas": "2",
        "retention.bytes": "-1",
        "retention.ms": "-1",
    }
    assert found.set_later == {
        "message.timestamp.type": "LogAppendTime",
        "retention.ms": str(24 * HOUR),
    }
    assert found.unset_later == (
        "compression.type",
        "message.timestamp.after.max.ms",
        "retention.bytes",
    )


@pytest.mark.parametrize(
    ("retention", "batches"),
    [
        ({"retention.ms": str(24 * HOUR)}, 2),
        ({"retention.ms": "-1"}, 0),
        ({"retention.ms": "1"}, 4),
        ({"retention.bytes": str(len(BATCHES[0]) * 3)}, 1),
        ({"retention.bytes": str(len(BATCHES[0]) * 4)}, 0),
        ({"retention.ms": str(40 * HOUR), "retention.bytes": str(len(BATCHES[0]))}, 3),
    ],
)
def test_what_retention_would_delete_at_once(
    tmp_path: Path, retention: dict[str, str], batches: int
) -> None:
    lineage, manifest = stored(tmp_path)
    found = expired(lineage, [manifest], retention, NOW)
    assert found == Expired(3 * batches, sum(len(b) for b in BATCHES[:batches]))


def test_metadata_that_the_manifest_does_not_name_is_refused(tmp_path: Path) -> None:
    lineage, manifest = stored(tmp_path)
    with pytest.raises(DocumentError, match="damaged"):
        topic_to_create(lineage, replace(manifest, meta="0" * 64))


def test_the_digest_of_a_backup_is_that_of_its_records(tmp_path: Path) -> None:
    lineage, manifest = stored(tmp_path)
    digest = RecordDigest()
    body = b"\x02k\xc8\x01" + b"v" * 100 + b"\0"
    digest.add(StoredRecord(0, NOW - h * HOUR, body) for h in (50, 30, 10, 1) for _ in range(3))
    found = digest_of_backup(PartitionSource(lineage, [manifest], 0))
    assert (found.l1, found.l2, found.records) == (digest.l1, digest.l2, 12)
    form = (NOW - HOUR).to_bytes(8, "big") + b"\0\0\0\x01k\0\0\0\x64" + b"v" * 100 + b"\0\0\0\0"
    last = RecordDigest()
    last.add([StoredRecord(9, NOW - HOUR, body)])
    assert last.l1 == last.l2 == hashlib.sha256(form).hexdigest()


@pytest.mark.parametrize("at", range(0, len(BATCHES[0]) * 4, 37))
def test_no_damaged_record_is_read_for_a_restore(tmp_path: Path, at: int) -> None:
    lineage, manifest = stored(tmp_path)
    key = lineage.key(log_key(0, 0))
    data = bytearray(lineage.store.get(key).content)
    data[at] ^= 0x10
    lineage.store.put(key, bytes(data))
    with pytest.raises(DocumentError, match="damaged"):
        list(PartitionSource(lineage, [manifest], 0).pieces())


@pytest.mark.parametrize("batches", [BATCHES[:3], [BATCHES[0], *BATCHES[2:]], BATCHES[::-1]])
def test_no_other_object_is_read_for_a_restore(tmp_path: Path, batches: list[bytes]) -> None:
    lineage, manifest = stored(tmp_path)
    lineage.store.put(lineage.key(log_key(0, 0)), b"".join(batches))
    with pytest.raises(DocumentError, match="damaged"):
        list(PartitionSource(lineage, [manifest], 0).pieces())


def test_records_below_the_start_of_the_backup_are_not_counted(tmp_path: Path) -> None:
    lineage, manifest = stored(tmp_path)
    (part,) = manifest.partitions
    moved = replace(part, stored=replace(part.stored, logical_start=4))
    source = PartitionSource(lineage, [replace(manifest, partitions=(moved,))], 0)
    assert digest_of_backup(source).records == 8
