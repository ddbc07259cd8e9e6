"""Partition logs as brokers store them, with the records that a read_committed consumer gets, for property tests."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cramjam
from crc32c import crc32c
from hypothesis import strategies as st
from kafka.record.memory_records import MemoryRecordsBuilder

from steward.records.backup.manifest import AbortedTransaction

HEADER_BYTES = 61
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True)
class Written:
    """A record as its producer wrote it, and the time that a consumer gets."""

    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass
class Log:
    """Stored batches, the aborted transactions that a Fetch lists, and what consumers read, by offset."""

    batches: list[bytes] = field(default_factory=list)
    aborted: list[AbortedTransaction] = field(default_factory=list)
    committed: dict[int, Written] = field(default_factory=dict)
    end: int = 0

    @property
    def data(self) -> bytes:
        return b"".join(self.batches)


def compressed(codec: str, content: bytes) -> bytes:
    library: Any = cramjam
    if codec == "none":
        return content
    if codec == "snappy":
        return bytes(library.snappy.compress_raw(content))
    if codec == "lz4":
        frame = library.lz4.Compressor(block_linked=False)
        frame.compress(content)
        return bytes(frame.finish())
    return bytes(getattr(library, codec).compress(content))


def _record_at(content: bytes, at: int) -> int:
    """Return where the record at a position ends."""
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return at + (value >> 1)


def batch_of(
    records: Sequence[Written],
    *,
    base: int = 0,
    codec: str = "none",
    kept: Sequence[int] | None = None,
    attributes: int = 0,
    producer: int = -1,
    append_time: int | None = None,
) -> bytes:
    """Write a batch of format v2; ``kept``: the records that compaction left, by their number."""
    builder = MemoryRecordsBuilder(
        magic=2, compression_type=0, batch_size=1 << 26, producer_id=producer,
        producer_epoch=0 if producer >= 0 else -1, base_sequence=0 if producer >= 0 else -1,
    )  # fmt: skip
    for record in records:
        builder.append(
            timestamp=record.timestamp, key=record.key, value=record.value,
            headers=list(record.headers),
        )  # fmt: skip
    builder.close()
    plain = bytes(builder.buffer())
    content, count = plain[HEADER_BYTES:], len(records)
    if kept is not None:
        pieces, at = list[bytes](), 0
        while at < len(content):
            end = _record_at(content, at)
            pieces.append(content[at:end])
            at = end
        content, count = b"".join(pieces[i] for i in kept), len(kept)
    if count or codec != "none":
        content = compressed(codec, content) if count else b""
    found = bytearray(plain[:HEADER_BYTES] + content)
    if append_time is not None:
        attributes |= 8
        struct.pack_into(">q", found, 35, append_time)
    struct.pack_into(">q", found, 0, base)
    struct.pack_into(">i", found, 8, len(found) - 12)
    struct.pack_into(">i", found, 12, 7)
    struct.pack_into(">h", found, 21, attributes | CODECS[codec])
    struct.pack_into(">i", found, 57, count)
    struct.pack_into(">I", found, 17, crc32c(memoryview(found)[21:]))
    return bytes(found)


def marker(producer: int, base: int, *, commit: bool) -> bytes:
    """Write the marker that ends a transaction."""
    end = Written(0, struct.pack(">hh", 0, int(commit)), b"\0" * 6)
    return batch_of([end], base=base, attributes=0x30, producer=producer)


def old_set(records: Sequence[Written], *, base: int, codec: str, magic: int) -> bytes:
    """Write entries of message format v0 or v1, one after another or as one compressed set."""
    relative = codec != "none" and magic
    entries = b"".join(
        _old_entry(number if relative else base + number, r.timestamp, 0, r.key, r.value, magic)
        for number, r in enumerate(records)
    )
    if codec == "none":
        return entries
    last, stamp = base + len(records) - 1, max(r.timestamp for r in records)
    return _old_entry(last, stamp, CODECS[codec], None, compressed(codec, entries), magic)


def _old_entry(
    offset: int, stamp: int, attributes: int, key: bytes | None, value: bytes | None, magic: int
) -> bytes:
    content = struct.pack(">bb", magic, attributes) + (struct.pack(">q", stamp) if magic else b"")
    for field_ in (key, value):
        content += struct.pack(">i", -1 if field_ is None else len(field_)) + (field_ or b"")
    return struct.pack(">qiI", offset, 4 + len(content), zlib.crc32(content)) + content


def uncompressed(batch: bytes) -> bytes:
    """Return a batch of format v2 without compression, for readers that lack a codec."""
    library: Any = cramjam
    codec = struct.unpack_from(">h", batch, 21)[0] & 7
    content = batch[HEADER_BYTES:]
    if codec == 1:
        content = zlib.decompress(content, 31)
    elif codec == 2:
        content = _from_xerial(content)
    elif codec == 3:
        content = bytes(library.lz4.decompress(content))
    elif codec == 4:
        content = bytes(library.zstd.decompress(content))
    found = bytearray(batch[:HEADER_BYTES] + content)
    struct.pack_into(">i", found, 8, len(found) - 12)
    struct.pack_into(">h", found, 21, struct.unpack_from(">h", batch, 21)[0] & ~7)
    struct.pack_into(">I", found, 17, crc32c(memoryview(found)[21:]))
    return bytes(found)


def _from_xerial(content: bytes) -> bytes:
    library: Any = cramjam
    if content[:8] != b"\x82SNAPPY\0":
        return bytes(library.snappy.decompress_raw(content))
    found, at = b"", 16
    while at < len(content):
        (size,) = struct.unpack_from(">i", content, at)
        found += bytes(library.snappy.decompress_raw(content[at + 4 : at + 4 + size]))
        at += 4 + size
    return found


TIMES = st.one_of(st.integers(0, 2**41), st.integers(1_600_000_000_000, 1_600_000_100_000))
FIELDS = st.none() | st.binary(max_size=12) | st.binary(min_size=100, max_size=400)
RECORDS = st.lists(
    st.builds(
        Written, TIMES, FIELDS, FIELDS,
        st.lists(st.tuples(st.text(max_size=4), st.none() | st.binary(max_size=5)), max_size=2).map(tuple),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


class _Writer:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.log = Log()
        self._open: dict[int, list[tuple[int, Written]]] = {}
        self._first: dict[int, int] = {}

    def batch(self) -> None:
        draw, log = self._draw, self.log
        records, base = draw(RECORDS), log.end + draw(st.sampled_from([0, 0, 0, 5]))
        codec = draw(st.sampled_from(sorted(CODECS)))
        kept = list(range(len(records)))
        if not draw(st.integers(0, 2)):
            kept = [i for i in kept if draw(st.booleans())]
        append_time = draw(st.none() | TIMES)
        producer = draw(st.sampled_from([-1, 11, 12]))
        transactional = producer > 0 and draw(st.booleans())
        written = batch_of(
            records,
            base=base,
            codec=codec,
            kept=kept,
            producer=producer,
            append_time=append_time,
            attributes=16 * transactional,
        )
        log.batches.append(written)
        stored = [
            (base + i, r if append_time is None else Written(append_time, r.key, r.value, r.headers))
            for i, r in ((i, records[i]) for i in kept)
        ]  # fmt: skip
        log.end = base + len(records)
        if transactional:
            self._first.setdefault(producer, base)
            self._open.setdefault(producer, []).extend(stored)
        else:
            log.committed.update(stored)

    def old(self) -> None:
        log = self.log
        magic, codec = (
            self._draw(st.sampled_from(c)) for c in ((0, 1), ("none", "gzip", "snappy"))
        )
        drawn = [r for r in self._draw(RECORDS) if r.value is not None] or [Written(5, b"k", b"v")]
        records = [Written(r.timestamp if magic else -1, r.key, r.value) for r in drawn]
        log.batches.append(old_set(drawn, base=log.end, codec=codec, magic=magic))
        log.committed.update((log.end + i, r) for i, r in enumerate(records))
        log.end += len(records)

    def finish(self, producer: int) -> None:
        log = self.log
        records, commit = self._open.pop(producer), self._draw(st.booleans())
        log.batches.append(marker(producer, log.end, commit=commit))
        log.end += 1
        first = self._first.pop(producer)
        if commit:
            log.committed.update(records)
        else:
            log.aborted.append(AbortedTransaction(producer_id=producer, first_offset=first))

    def written(self) -> Log:
        for _ in range(self._draw(st.integers(1, 10))):
            kind = self._draw(st.integers(0, 5))
            if kind == 0:
                self.old()
            elif kind == 1 and self._open:
                self.finish(min(self._open))
            else:
                self.batch()
        for producer in sorted(self._open):
            self.finish(producer)
        self.log.committed = dict(sorted(self.log.committed.items()))
        return self.log


@st.composite
def partition_logs(draw: st.DrawFn) -> Log:
    """Batches of every kind: codecs, transactions, LogAppendTime, compacted, old formats."""
    return _Writer(draw).written()
