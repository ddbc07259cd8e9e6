"""Logs of partitions as brokers hold them, made batch by batch: for backups of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import pack, pack_into, unpack_from

from crc32c import crc32c
from hypothesis import strategies as st

from records.batch_writing import batch, control
from steward.records.backup.manifest import AbortedTransaction

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
Record = tuple[int, bytes | None, bytes | None, list[tuple[str, bytes]]]


@dataclass
class PartitionLog:
    """The batches of one partition, and the aborted transactions among them."""

    batches: list[bytes] = field(default_factory=list[bytes])
    aborted: list[AbortedTransaction] = field(default_factory=list[AbortedTransaction])
    start: int = 0
    end: int = 0

    @property
    def data(self) -> bytes:
        return b"".join(self.batches)

    def write(self, records: Sequence[Record], codec: str = "none", epoch: int = 0) -> None:
        self._append(batch(records, codec=codec, base_offset=self.end), epoch)

    def transaction(
        self, producer: int, records: Sequence[Record], *, commit: bool, codec: str = "none"
    ) -> None:
        first = self.end
        self._append(
            batch(records, codec=codec, base_offset=first, producer_id=producer, transactional=True)
        )
        self._append(control(producer, self.end, commit=commit))
        if not commit:
            self.aborted.append(AbortedTransaction(producer_id=producer, first_offset=first))

    def skip(self, offsets: int) -> None:
        """Leave offsets out, as compaction does."""
        self.end += offsets

    def trim(self, before: int) -> None:
        """Delete whole batches below an offset, as retention does; the log starts there."""
        self.batches = [b for b in self.batches if last_offset(b) >= before]
        self.start = before

    def truncate(self, before: int) -> None:
        """Lose the batches from an offset on, as an unclean leader election does."""
        self.batches = [b for b in self.batches if last_offset(b) < before]
        self.end = max((last_offset(b) + 1 for b in self.batches), default=self.start)

    def _append(self, written: bytes, epoch: int = 0) -> None:
        stamped = bytearray(written)
        pack_into(">i", stamped, 12, epoch)
        self.batches.append(bytes(stamped))
        self.end = last_offset(stamped) + 1


def last_offset(written: bytes | bytearray) -> int:
    """Return the last offset of a batch."""
    (base,), (delta,) = unpack_from(">q", written), unpack_from(">i", written, 23)
    return base + delta


def emptied(written: bytes) -> bytes:
    """Return a batch without its records, as the log cleaner keeps it for its sequence."""
    checked = written[21:57] + pack(">i", 0)
    return (
        written[:8]
        + pack(">i", 9 + len(checked))
        + written[12:17]
        + pack(">I", crc32c(checked))
        + checked
    )


_TEXTS = st.binary(max_size=30)
_RECORDS = st.lists(
    st.tuples(
        st.integers(0, 2_000_000_000_000),
        st.none() | _TEXTS,
        st.none() | _TEXTS,
        st.lists(st.tuples(st.text(max_size=4), _TEXTS), max_size=2),
    ),
    min_size=1,
    max_size=6,
)
_WRITES = st.tuples(st.just("write"), _RECORDS, st.sampled_from(CODECS), st.integers(0, 3))
_TRANSACTIONS = st.tuples(
    st.just("transaction"), _RECORDS, st.sampled_from(CODECS), st.booleans(), st.integers(1, 3)
)
_HOLES = st.tuples(st.just("hole"), st.integers(1, 5))
_EMPTIED = st.tuples(st.just("empty"), _RECORDS)


@st.composite
def partition_logs(draw: st.DrawFn, *, least: int = 1) -> PartitionLog:
    """Logs with batches of all codecs, transactions, holes and empty batches."""
    log, epoch = PartitionLog(), 0
    for action in draw(
        st.lists(_WRITES | _TRANSACTIONS | _HOLES | _EMPTIED, min_size=least, max_size=12)
    ):
        match action:
            case ("write", records, codec, step):
                epoch += step
                log.write(records, codec, epoch)
            case ("transaction", records, codec, commit, producer):
                log.transaction(producer, records, commit=commit, codec=codec)
            case ("hole", offsets):
                log.skip(offsets)
            case (_, records):
                log.write(records)
                log.batches[-1] = emptied(log.batches[-1])
    if log.batches:
        log.end = last_offset(log.batches[-1]) + 1
    else:
        log.write([(0, b"k", b"v", [])])
    return log
