"""One partition of a backup, read in the order of offsets; damage is found before its records are written anywhere."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.backup.lineages import LineageStore
from steward.documents.fault import DocumentError
from steward.model.command import Hint, steward
from steward.records.backup.aborted import AbortedBatches
from steward.records.backup.manifest import Manifest, ObjectEntry
from steward.records.batch_table import BatchTable, WalkEnd, batch_table, checksums_match
from steward.records.batches import StoredBatch, stored_batches
from steward.records.restore.decide import Decision, RestoreFormat, decisions


@dataclass(frozen=True, slots=True, eq=False)
class SourcePiece:
    """Whole batches, their headers, and which of them hold records of aborted transactions."""

    data: memoryview
    table: BatchTable
    aborted: NDArray[np.bool_]


class PartitionSource:
    """The batches of one partition over all runs of a lineage, the first run first."""

    def __init__(self, folder: LineageStore, runs: Sequence[Manifest], partition: int) -> None:
        self._folder = folder
        self.partition = partition
        self._parts = [part for run in runs if (part := run.of(partition)) is not None]

    @property
    def start(self) -> int:
        """The first offset that was asked for when the first run began: earlier records were deleted by then."""
        return self._parts[0].stored.logical_start if self._parts else 0

    @property
    def end(self) -> int:
        """The offset after the last one that is stored."""
        return self._parts[-1].stored.next_offset if self._parts else 0

    @property
    def largest_batch_bytes(self) -> int | None:
        """The size of the largest object: no batch is larger. None without objects."""
        return max((e.size for part in self._parts for e in part.objects), default=None)

    def pieces(self) -> Iterator[SourcePiece]:
        """Yield all batches.

        Errors: DocumentError, where an object is not what the manifests say; ObjectStoreFault.
        """
        aborted, expected = AbortedBatches(), self._first_base()
        for part in self._parts:
            aborted.expect(part.aborted)
            for entry in part.objects:
                for view, table in self._batches(entry):
                    self._check_order(entry, table, expected)
                    expected = int(table.last_offsets[-1]) + 1
                    yield SourcePiece(view, table, aborted.mask(table, view))

    def _first_base(self) -> int:
        return next((e.base for part in self._parts for e in part.objects), 0)

    def _batches(self, entry: ObjectEntry) -> Iterator[tuple[memoryview, BatchTable]]:
        key = self._folder.key(entry.key)
        digest, rest = hashlib.sha256(), b""
        for read in self._folder.store.stream(key):
            digest.update(read)
            view = memoryview(rest + bytes(read)) if rest else memoryview(read)
            table = batch_table(view)
            if table.end not in (WalkEnd.COMPLETE, WalkEnd.PARTIAL):
                raise self._damaged(key, "bytes that are no record batch")
            if not checksums_match(view, table.rows).all():
                raise self._damaged(key, "a batch whose checksum is wrong")
            rest = bytes(view[table.end_position :])
            if len(table):
                yield view[: table.end_position], table
        if rest:
            raise self._damaged(key, "a batch that is not whole")
        if digest.hexdigest() != entry.sha256:
            raise self._damaged(key, f"the SHA-256 {digest.hexdigest()}, expected {entry.sha256}")

    def _check_order(self, entry: ObjectEntry, table: BatchTable, expected: int) -> None:
        bases = table.rows["base_offset"]
        ordered = bool((bases[1:] > table.last_offsets[:-1]).all())
        if int(bases[0]) < expected or not ordered:
            raise self._damaged(self._folder.key(entry.key), "offsets that do not rise")

    def _damaged(self, key: str, found: str) -> DocumentError:
        lineage = self._folder.lineage
        return DocumentError(
            key,
            f"damaged: it has {found}",
            remedy=Hint(
                "see what else is damaged: ",
                steward("backup verify", lineage.topic, from_=self._folder.store.location),
            ),
        )


def committed(piece: SourcePiece, start: int = 0) -> Iterator[StoredBatch]:
    """Yield the batches of a piece that hold committed data, from a source offset on."""
    chosen = decisions(piece.table, piece.aborted, RestoreFormat()) >= Decision.PATCH
    columns = zip(
        piece.table.positions[chosen].tolist(),
        piece.table.sizes[chosen].tolist(),
        piece.table.last_offsets[chosen].tolist(),
        strict=True,
    )
    for at, size, last in columns:
        if last >= start:
            yield next(stored_batches(piece.data[at : at + size]))
