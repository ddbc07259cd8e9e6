"""One object of batches, written or read piece by piece: hashes, headers, facts, and what is wrong with it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from steward.records.backup.batch_facts import BatchFacts
from steward.records.backup.header_index import HeaderIndex, write_header_index
from steward.records.backup.manifest import AbortedTransaction, ObjectEntry, sha256_hex
from steward.records.backup.problems import Problem, ProblemKind
from steward.records.batch_table import ROW, BatchTable, WalkEnd, batch_table, checksums_match
from steward.records.batches import CHECKED_FROM, HEADER, OVERHEAD_BYTES

if TYPE_CHECKING:  # decoding is imported only where it is asked for
    from steward.records.backup.record_tally import RecordTally

Buffer = bytes | bytearray | memoryview
_LENGTH = Struct(">i")
_LENGTH_AT = 8
_UNCHECKED = OVERHEAD_BYTES - CHECKED_FROM
"""What the length counts beyond the bytes that the checksum covers."""
LARGEST_BATCH_BYTES = 512 * 1024 * 1024
"""A damaged length may claim up to 2 GiB: what claims more than this is damaged."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole batches with their headers, and what is wrong with them. Positions count from the piece's beginning."""

    data: memoryview
    table: BatchTable
    problems: tuple[Problem, ...]


class ObjectScan:
    """Follows one object from its first byte to its last; ``facts`` are those of its partition and run.

    ``records``: decodes every batch; None: headers suffice.
    """

    def __init__(self, key: str, facts: BatchFacts, records: "RecordTally | None" = None) -> None:
        self._key = key
        self._facts = facts
        self._tally = records
        self._sha256 = hashlib.sha256()
        self._crc32c = 0
        self._rest = bytearray()
        self._rows: list[NDArray[np.void]] = []
        self._aborted: dict[AbortedTransaction, None] = {}
        self._retention: list[tuple[int, int]] = []
        self._records = 0
        self._last = -1
        self.base = -1
        """first offset of its first batch; -1 while it has none"""
        self.size = 0
        """bytes so far"""

    def expect(
        self,
        aborted: Iterable[AbortedTransaction] = (),
        retention: Iterable[tuple[int, int]] = (),
    ) -> None:
        """Add what is known beside the batches that follow: aborted transactions, and gaps that retention caused."""
        aborted, retention = tuple(aborted), tuple(retention)
        self._aborted.update(dict.fromkeys(aborted))
        self._retention += retention
        self._facts.aborted.expect(aborted)
        self._facts.gaps.expect(retention)

    def add(self, view: memoryview, table: BatchTable) -> tuple[Problem, ...]:
        """Take whole batches whose headers are read already; ``table`` has a row for each, and covers ``view``.

        Hashing is left to `hash`, so that another thread can do it meanwhile.
        """
        start = self.size
        self.size += len(view)
        return self._take(table, view, start, checked=True)

    def hash(self, view: memoryview) -> None:
        """Hash bytes that `add` takes, in the same order; hashing releases the interpreter's lock."""
        from crc32c import crc32c  # takes 30 ms to import

        self._sha256.update(view)
        self._crc32c = crc32c(view, self._crc32c)

    def feed(self, data: Buffer) -> Piece:
        """Take the next bytes, which may end within a batch; return the batches that are whole now."""
        view = memoryview(data).cast("B")
        self.hash(view)
        start = self.size - len(self._rest)
        self.size += len(view)
        if self._rest:
            self._rest += view
            view = memoryview(bytes(self._rest) if self._has_batch() else b"")
        table = batch_table(view)
        if len(view):
            self._rest = bytearray(view[table.end_position :])
        return Piece(view, table, self._take(table, view, start))

    def _has_batch(self) -> bool:
        """Return whether the bytes kept so far include a whole batch, or can never do so."""
        if len(self._rest) < HEADER.size:
            return False
        return len(self._rest) >= OVERHEAD_BYTES + _LENGTH.unpack_from(self._rest, _LENGTH_AT)[0]

    def _take(
        self, table: BatchTable, view: memoryview, start: int, *, checked: bool = False
    ) -> tuple[Problem, ...]:
        if not len(table):
            return ()
        if self.base < 0:
            self.base = int(table.rows["base_offset"][0])
        problems = [] if checked else self._wrong_checksums(table, view)
        problems += [
            self._problem(
                ProblemKind.BATCH_ORDER,
                fault.expected,
                f"an offset from {fault.expected}",
                str(fault.found),
            )
            for fault in self._facts.add(table, view)
        ]
        if self._tally is not None:
            problems += [
                self._problem(ProblemKind.RECORDS, offset, "records that can be decoded", why)
                for offset, why in self._tally.add(table, view, self._facts.last_aborted)
            ]
        rows = table.rows.copy()
        rows["position"] += start
        self._rows.append(rows)
        self._records += int(rows["record_count"].sum(dtype=np.int64))
        self._last = int(table.last_offsets[-1])
        return tuple(problems)

    def _wrong_checksums(self, table: BatchTable, view: memoryview) -> list[Problem]:
        from crc32c import crc32c

        wrong = table.rows[~checksums_match(view, table.rows)]
        return [
            self._problem(
                ProblemKind.BATCH_CHECKSUM,
                int(row["base_offset"]),
                f"CRC-32C {row['crc']:08x}",
                f"CRC-32C {crc32c(view[row['position'] + CHECKED_FROM :][: row['length'] + _UNCHECKED]):08x}",
            )
            for row in wrong
        ]

    def end(self) -> tuple[Problem, ...]:
        """Return what is wrong at the end of the object: bytes that are no whole batch."""
        if not self._rest and self._rows:
            return ()
        found = f"{len(self._rest):,} bytes that are no whole batch" if self._rest else "no batch"
        return (
            self._problem(
                ProblemKind.BATCH_LENGTH, self._facts.next_offset, "whole batches", found
            ),
        )

    @property
    def has_damaged_length(self) -> bool:
        """Whether no whole batch can follow, so that reading on only fills the memory."""
        if len(self._rest) > LARGEST_BATCH_BYTES:
            return True
        return bool(self._rest) and batch_table(self._rest).end is WalkEnd.INVALID_LENGTH

    def _problem(self, kind: ProblemKind, offset: int, expected: str, found: str) -> Problem:
        return Problem(kind=kind, object=self._key, offset=offset, expected=expected, found=found)

    @property
    def rows(self) -> NDArray[np.void]:
        """The headers of all batches so far, with positions in the object."""
        return np.concatenate(self._rows) if self._rows else np.zeros(0, ROW)

    @property
    def sha256(self) -> str:
        """The SHA-256 of all bytes so far, in hex."""
        return self._sha256.hexdigest()

    def finish(self, key: str) -> tuple[ObjectEntry, bytes]:
        """Return the manifest's entry, with the object's name inside its lineage, and its header index."""
        index = write_header_index(
            HeaderIndex(self.rows, tuple(self._aborted), tuple(self._retention))
        )
        return self.entry(key, len(index), sha256_hex(index)), index

    def entry(self, key: str, header_size: int, header_sha256: str) -> ObjectEntry:
        """Return the manifest's entry of the object and of a given header index."""
        return ObjectEntry(
            key=key,
            size=self.size,
            sha256=self.sha256,
            crc32c=f"{self._crc32c:08x}",
            batches=sum(len(rows) for rows in self._rows),
            records=self._records,
            base=self.base,
            last=self._last,
            header_size=header_size,
            header_sha256=header_sha256,
        )
