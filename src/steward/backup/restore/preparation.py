"""What a topic needs before its records are restored: its configuration, with retention held off, and what comes after.

Retention would delete old records minutes after they are restored, and compaction would remove some while their
digest is compared. So a topic is created without both, and gets its own values again in a later, separate change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from steward.backup.lineages import LineageStore
from steward.documents.fault import DocumentError
from steward.documents.json_text import read_typed
from steward.model.config import ConfigSource
from steward.model.retention import bound_of
from steward.records.backup.header_index import read_header_index
from steward.records.backup.layout import header_key, meta_key
from steward.records.backup.manifest import Manifest, ObjectEntry, sha256_hex
from steward.records.batches import OVERHEAD_BYTES

_LARGEST_LONG = str(2**63 - 1)
HELD_OFF: Mapping[str, str] = {
    "cleanup.policy": "delete",
    "compression.type": "producer",
    "message.timestamp.type": "CreateTime",
    "retention.bytes": "-1",
    "retention.ms": "-1",
}
"""Values during a restore, of every topic."""
_WHERE_KNOWN: Mapping[str, str] = {
    "message.timestamp.after.max.ms": _LARGEST_LONG,
    "message.timestamp.before.max.ms": _LARGEST_LONG,
    "message.timestamp.difference.max.ms": _LARGEST_LONG,
}
"""Values during a restore, where the cluster of the backup knew the key: records keep timestamps of any age."""
_OF_THE_CLUSTER = frozenset(
    {
        "follower.replication.throttled.replicas",
        "leader.replication.throttled.replicas",
        "local.retention.bytes",
        "local.retention.ms",
        "message.format.version",
        "remote.storage.enable",
    }
)
"""Keys that another cluster, or a new topic, does not have."""
_SIZE_KEY = "max.message.bytes"


@dataclass(frozen=True, slots=True)
class _MetaPartition:
    replicas: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _MetaTopic:
    partitions: tuple[_MetaPartition, ...]


@dataclass(frozen=True, slots=True)
class _MetaEntry:
    value: str | None
    source: str


@dataclass(frozen=True, slots=True)
class CommittedThen:
    """A group's commit when a run began; ``lag`` in offsets, None where it was unknown."""

    offset: int
    lag: int | None = None


@dataclass(frozen=True, slots=True)
class _Meta:
    topic: _MetaTopic
    config: Mapping[str, _MetaEntry] | None = None
    group_offsets: Mapping[str, Mapping[str, CommittedThen] | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicToCreate:
    """The topic of a backup. ``configs`` are its values during the restore.

    ``set_later`` and ``unset_later`` give it its own values again. ``retention`` are the values that then apply.
    """

    partitions: int
    replication_factor: int
    configs: Mapping[str, str]
    set_later: Mapping[str, str]
    unset_later: tuple[str, ...]
    retention: Mapping[str, str] = field(default_factory=dict[str, str])


def topic_to_create(folder: LineageStore, manifest: Manifest) -> TopicToCreate:
    """Read how the topic was configured when a run ended.

    Errors: DocumentError, where the metadata is damaged or the run could not read the configuration; ObjectStoreFault.
    """
    meta = _meta(folder, manifest)
    if meta.config is None:
        key = folder.key(meta_key(manifest.run))
        raise DocumentError(key, "it has no configuration: the run could not read it")
    own = {
        name: entry.value
        for name, entry in meta.config.items()
        if entry.source == ConfigSource.TOPIC.value
        and entry.value is not None
        and name not in _OF_THE_CLUSTER
    }
    held = dict(HELD_OFF) | {k: v for k, v in _WHERE_KNOWN.items() if k in meta.config}
    largest = meta.config.get(_SIZE_KEY)
    sizes = {_SIZE_KEY: largest.value} if largest is not None and largest.value else {}
    retention = (
        (k, e.value) for k in ("retention.ms", "retention.bytes") if (e := meta.config.get(k))
    )
    return TopicToCreate(
        partitions=len(manifest.partitions),
        replication_factor=max((len(p.replicas) for p in meta.topic.partitions), default=1),
        configs=dict(sorted((own | sizes | held).items())),
        set_later={k: own[k] for k in sorted(held) if k in own and own[k] != held[k]},
        unset_later=tuple(k for k in sorted(held) if k not in own),
        retention={k: v for k, v in retention if v is not None},
    )


def group_offsets_then(
    folder: LineageStore, manifest: Manifest
) -> Mapping[str, Mapping[int, CommittedThen]]:
    """Return the commits of groups on the topic when a run began, by group and partition; unknown ones are left out.

    Errors: as `topic_to_create`.
    """
    found = _meta(folder, manifest).group_offsets or {}
    return {
        group: {int(partition): commit for partition, commit in sorted(commits.items())}
        for group, commits in sorted(found.items())
        if commits
    }


def _meta(folder: LineageStore, manifest: Manifest) -> _Meta:
    key = folder.key(meta_key(manifest.run))
    content = folder.store.get(key).content
    if sha256_hex(content) != manifest.meta:
        raise DocumentError(key, f"damaged: its SHA-256 is not {manifest.meta}")
    return read_typed(content, _Meta, key)


@dataclass(frozen=True, slots=True)
class Expired:
    """What retention would delete at once, at most: whole batches, in records and bytes."""

    records: int = 0
    bytes: int = 0


def expired(
    folder: LineageStore, runs: Sequence[Manifest], retention: Mapping[str, str], now_ms: int
) -> Expired:
    """Return what a topic's own retention would delete of the restored records, from the headers of the batches.

    Errors: DocumentError, where a header index is damaged; ObjectStoreFault.
    """
    oldest = bound_of("retention.ms", retention.get("retention.ms"))
    most_bytes = bound_of("retention.bytes", retention.get("retention.bytes"))
    records = size = 0
    for partition in (p.partition for p in runs[-1].partitions):
        ages = list(_batches(folder, runs, partition))
        limit = inf if most_bytes is None else most_bytes
        over = sum(stored for _, _, stored in ages) - limit
        for newest_ms, count, stored in ages:
            is_old = newest_ms < now_ms - (inf if oldest is None else oldest)
            if is_old or over > 0:
                records, size = records + count, size + stored
            over -= stored
    return Expired(records, size)


def _batches(
    folder: LineageStore, runs: Sequence[Manifest], partition: int
) -> Iterator[tuple[int, int, int]]:
    """Yield of each batch its largest timestamp, its records and its bytes."""
    for entry in _objects(runs, partition):
        key = folder.key(header_key(entry.key))
        content = folder.store.get(key).content
        index = read_header_index(content, entry.batches)
        if sha256_hex(content) != entry.header_sha256 or index is None:
            raise DocumentError(key, "damaged: it is not the index of its object")
        rows = index.rows
        yield from zip(
            rows["max_timestamp_ms"].tolist(),
            rows["record_count"].tolist(),
            (rows["length"].astype("int64") + OVERHEAD_BYTES).tolist(),
            strict=True,
        )


def _objects(runs: Sequence[Manifest], partition: int) -> Iterator[ObjectEntry]:
    for run in runs:
        part = run.of(partition)
        yield from part.objects if part else ()
