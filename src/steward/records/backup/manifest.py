"""The manifest of one run: what it added to a lineage, and the run before it by SHA-256.

A manifest describes its own run. The facts of a whole backup are the sum over the manifests that HEAD leads to.
Written once, in canonical JSON; its SHA-256 is its identity.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from steward.documents.fault import DocumentError
from steward.documents.json_text import read_typed
from steward.documents.json_writing import canonical_json
from steward.model.error import ConfigurationError

FORMAT = 1
"""Of manifests that this version writes; it reads this and older ones. A further field is another format."""
MOST_GAPS = 1_000
"""Per partition and run, in a manifest: compaction leaves millions of them."""


class GapClass(StrEnum):
    """Why offsets between stored records are missing."""

    COMPACTED_INSIDE_BATCH = "compacted-inside-batch"
    """a batch holds fewer records than it was written with"""
    COMPACTED_BATCH = "compacted-batch"
    """whole batches of a compacted topic are gone"""
    TXN_MARKER_REMOVED = "txn-marker-removed"
    """one offset after a transaction's batch, of a compacted topic"""
    RETENTION_BEFORE_REACH = "retention-before-reach"
    """retention deleted the records before they were copied"""
    UNKNOWN = "unknown"
    """none of these explains it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Offsets ``first`` to ``last``, both missing."""

    first: int
    last: int
    kind: GapClass


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTransaction:
    """A transaction without an end when the run began: its records, and all later ones, are not stored."""

    producer_id: int
    first_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortedTransaction:
    """A transaction that ended with ABORT: its records are stored, and no application reads them."""

    producer_id: int
    first_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRange:
    """What is stored of a partition, over all runs.

    ``base``: first offset of the first batch; ``logical_start``: first offset asked for, which may lie inside that
    batch; ``next_offset``: where the next run continues. A partition of which nothing is stored has
    base = next_offset.
    """

    base: int
    logical_start: int
    next_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Counts of one run. ``records`` = data + control + aborted; ``producer_ids`` counts up to 100,000.

    ``tombstones`` and ``null_keys`` are null where records were not decoded.
    """

    batches: int = 0
    records: int = 0
    data: int = 0
    control: int = 0
    aborted: int = 0
    producer_ids: int = 0
    bytes: int = 0
    tombstones: int | None = None
    null_keys: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamps:
    """Smallest and largest timestamp in batch headers, ms; null where no batch has one. Batches by timestamp type."""

    min: int | None = None
    max: int | None = None
    create: int = 0
    log_append: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectEntry:
    """One stored object of batches, and the index of its headers.

    ``key`` is its name inside the lineage; ``base`` and ``last`` are the first offset of its first batch and the last
    offset of its last one.
    """

    key: str
    size: int
    sha256: str
    crc32c: str
    batches: int
    records: int
    base: int
    last: int
    header_size: int
    header_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Digests of the committed data records of one run, as `record_digest` defines them.

    ``l1`` depends on order, ``l2`` does not and adds up; neither depends on batches, codecs or offsets.
    """

    records: int
    l1: str
    l2: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionManifest:
    """One partition in one run. ``gap_counts``: missing offsets by class, also of gaps beyond those listed.

    ``schema_ids``: records by the id that a schema registry's framing of the value names, up to 1,000 ids; empty where
    records were not decoded. ``incomplete``: why the run ended before the last stable offset that it began with; empty
    where it did not.
    """

    partition: int
    log_start: int
    high_watermark: int
    last_stable_offset: int
    stored: StoredRange
    counts: Counts = field(default_factory=Counts)
    timestamps: Timestamps = field(default_factory=Timestamps)
    codecs: Mapping[str, int] = field(default_factory=dict[str, int])
    magics: Mapping[str, int] = field(default_factory=dict[str, int])
    schema_ids: Mapping[str, int] = field(default_factory=dict[str, int])
    leader_epochs: tuple[tuple[int, int], ...] = ()
    gaps: tuple[Gap, ...] = ()
    gap_counts: Mapping[str, int] = field(default_factory=dict[str, int])
    aborted: tuple[AbortedTransaction, ...] = ()
    open_transactions: tuple[OpenTransaction, ...] = ()
    objects: tuple[ObjectEntry, ...] = ()
    chain: str = ""
    incomplete: str = ""
    digest: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Why a lineage begins: the log of the one before was truncated. ``offsets``: first lost offset by partition."""

    manifest: str
    offsets: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One complete run over one topic.

    ``previous`` is the SHA-256 of the manifest before, empty for the first. ``meta`` is the SHA-256 of the run's
    metadata. ``compacted``: the topic's cleanup.policy names compact. ``began_at`` and ``ended_at``: ISO 8601, UTC.
    """

    format: int = FORMAT
    run: str
    began_at: str
    ended_at: str
    cluster_id: str
    topic: str
    topic_id: str
    fork: int = 1
    forked_from: Fork | None = None
    previous: str = ""
    previous_run: str = ""
    compacted: bool
    meta: str
    partitions: tuple[PartitionManifest, ...]

    def of(self, partition: int) -> PartitionManifest | None:
        """Return one partition; None where this run did not have it."""
        return next((p for p in self.partitions if p.partition == partition), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The content of HEAD: the last complete run and the SHA-256 of its manifest."""

    format: int = FORMAT
    run: str
    manifest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    format: int


def encode(value: Manifest | Head) -> bytes:
    """Return the canonical JSON that is stored and hashed."""
    import msgspec

    return canonical_json(msgspec.to_builtins(value))


def sha256_hex(content: bytes | bytearray | memoryview) -> str:
    """Return the SHA-256 of content, in hex."""
    return hashlib.sha256(content).hexdigest()


def read_manifest(content: bytes, name: str) -> Manifest:
    """Return a stored manifest.

    Errors: DocumentError, where it is damaged; ConfigurationError, where a newer steward wrote it.
    """
    _check_version(content, name)
    found = read_typed(content, Manifest, name)
    if encode(found) != content:
        raise DocumentError(name, "damaged: it is not in the canonical form that steward writes")
    return found


def read_head(content: bytes, name: str) -> Head:
    """Return a stored HEAD.

    Errors: as `read_manifest`.
    """
    _check_version(content, name)
    return read_typed(content, Head, name)


def _check_version(content: bytes, name: str) -> None:
    version = read_typed(content, _Version, name).format
    if version > FORMAT:
        raise ConfigurationError(
            f"{name} has format {version}; this version of steward reads up to {FORMAT}",
            remedy="use the version of steward that wrote the backup, or a newer one",
        )
