"""Collect the rows of a dump, file after file, up to a limit of each kind."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from steward.commands.api.context import Context
from steward.commands.log.directories import PartitionDirectory, UnreadableLog
from steward.commands.log.dump import (
    AbortedTransactionRow,
    BatchRow,
    IndexRow,
    LogDump,
    LogDumpParams,
    ProducerStateRow,
    RecordRow,
    TextRow,
    TimeIndexRow,
)
from steward.commands.log.dump_rows import (
    batch_row,
    control_label,
    control_row,
    dumped_records,
    metadata_row,
    record_row,
    rows_of,
)
from steward.commands.log.reading import contents_of, scan_file
from steward.model.instant import Instant
from steward.model.offset_target import time_of
from steward.model.unknown import Unknown
from steward.records.batch_table import BatchTable
from steward.records.kraft_records import METADATA_PARTITION
from steward.records.log.file_names import FileKind, LogFile, file_name, log_file, partition_of
from steward.records.log.indexes import offset_index
from steward.records.log.selection import LogSelection

_BATCHES = (FileKind.LOG, FileKind.METADATA_SNAPSHOT)


class DumpRequest:
    """What is asked for: which records, and how much of them."""

    def __init__(self, params: LogDumpParams, selection: LogSelection) -> None:
        self.selection = selection
        self.shows_payloads = params.show_payloads
        self.wants_records = params.records or params.show_payloads or params.key is not None
        self.limit = params.limit


def selection_of(params: LogDumpParams, context: Context) -> DumpRequest:
    """Read the bounds.

    Errors: UsageError for a malformed time.
    """
    now = Instant(context.now_ms())
    times = [t if t is None else time_of(t, now) for t in (params.from_time, params.to_time)]
    selection = LogSelection(
        from_offset=params.from_offset,
        to_offset=params.to_offset,
        from_ms=times[0],
        to_ms=times[1],
        producer_id=params.producer_id,
        key=None if params.key is None else params.key.encode(),
    )
    return DumpRequest(params, selection)


class Dumping:
    """The rows so far. ``truncated``: there are more than the limit; ``unread``: what could not be decoded."""

    def __init__(self, request: DumpRequest, secret: bytes) -> None:
        self._request = request
        self._secret = secret
        self._rows: dict[type[Any], list[Any]] = {}
        self.truncated = False
        self.unread: list[str] = []

    def add(self, directory: PartitionDirectory) -> None:
        """Add the files of a directory that were asked for: single files, or all segments.

        Errors: UnreadableLog.
        """
        files = [log_file(name) for name in sorted(directory.chosen)]
        for file in files:
            if file.kind in _BATCHES:
                self._batches(directory, file, files)
        if not directory.is_whole:
            for name, data in contents_of(directory).items():
                self._other(log_file(name), directory.shown_file(name), data)

    def result(self) -> LogDump:
        """Return the rows by kind."""
        return LogDump(
            batches=self._of(BatchRow),
            records=self._of(RecordRow),
            index_entries=self._of(IndexRow),
            time_index_entries=self._of(TimeIndexRow),
            aborted_transactions=self._of(AbortedTransactionRow),
            producer_states=self._of(ProducerStateRow),
            checkpoints=self._of(TextRow),
        )

    def _of(self, kind: type[Any]) -> tuple[Any, ...] | None:
        return tuple(self._rows[kind]) if kind in self._rows else None

    def _room(self, kind: type[Any]) -> bool:
        rows = self._rows.setdefault(kind, [])
        is_full = bool(self._request.limit) and len(rows) >= self._request.limit
        self.truncated |= is_full
        return not is_full

    def _batches(self, directory: PartitionDirectory, file: LogFile, files: list[LogFile]) -> None:
        selection = self._request.selection
        self._rows.setdefault(BatchRow, [])
        if self._request.wants_records:
            self._rows.setdefault(RecordRow, [])
        following = [f.base_offset for f in files if f.kind is file.kind]
        later = [base for base in following if base > file.base_offset]
        if selection.from_offset is not None and later and min(later) <= selection.from_offset:
            return
        if selection.to_offset is not None and file.base_offset > selection.to_offset:
            return
        partition = partition_of(directory.path.resolve().name)
        is_metadata = partition == METADATA_PARTITION or file.kind is FileKind.METADATA_SNAPSHOT
        shown = directory.shown_file(file.name)

        def visit(at: int, piece: memoryview, table: BatchTable, intact: NDArray[np.bool_]) -> bool:
            return self._piece(shown, at, piece, table, intact, is_metadata=is_metadata)

        scan = scan_file(directory, file, visit, self._start(directory, file))
        if isinstance(scan, UnreadableLog):
            raise scan
        if scan is not None and scan.breaks and not self.truncated:
            stop = scan.breaks[0]
            self.unread.append(f"{shown}: no batch at position {stop.position} ({stop.end})")

    def _start(self, directory: PartitionDirectory, file: LogFile) -> int:
        """Return where to begin to read: by the index, where it leads to a batch before the offset."""
        wanted = self._request.selection.from_offset
        name = file_name(file.base_offset, FileKind.OFFSET_INDEX)
        if wanted is None or file.kind is not FileKind.LOG or name not in directory.names:
            return 0
        found = contents_of(directory.only(name))
        entries = offset_index(found.get(name, b"")).entries
        before = entries[entries["relative_offset"].astype(np.int64) + file.base_offset < wanted]
        return int(before["position"].max()) if len(before) else 0

    def _piece(
        self,
        shown: str,
        at: int,
        piece: memoryview,
        table: BatchTable,
        intact: NDArray[np.bool_],
        *,
        is_metadata: bool,
    ) -> bool:
        request = self._request
        for i in np.flatnonzero(request.selection.of_batches(table)).tolist():
            begin = int(table.rows["position"][i])
            batch = piece[begin : begin + int(table.sizes[i])]
            has_room = self._room(BatchRow)
            is_control = bool(table.is_control[i])
            if has_room:
                label = control_label(batch) if is_control else None
                row = batch_row(shown, at + begin, table, i, bool(intact[i]), label)
                self._rows[BatchRow].append(row)
            elif not request.wants_records or not self._room(RecordRow):
                return False
            if request.wants_records:
                self._records(shown, batch, is_control=is_control, is_metadata=is_metadata)
        return not request.selection.is_past(table)

    def _records(
        self, shown: str, batch: memoryview, *, is_control: bool, is_metadata: bool
    ) -> None:
        found = dumped_records(batch)
        if isinstance(found, Unknown):
            self.unread.append(f"{shown}: {found}")
            return
        for record in found:
            if not self._request.selection.has(record.offset, record.timestamp_ms, record.key):
                continue
            if not self._room(RecordRow):
                return
            if is_control:
                row = control_row(shown, record)
            elif is_metadata:
                row = metadata_row(shown, record)
            else:
                shows = self._request.shows_payloads
                row = record_row(shown, record, self._secret, shows_payloads=shows)
            self._rows[RecordRow].append(row)

    def _other(self, file: LogFile, shown: str, data: bytes) -> None:
        found = rows_of(file, shown, data)
        if isinstance(found, str):
            self.unread.append(f"{shown}: {found}")
            return
        self._rows.setdefault(found.kind, [])
        for row in found.rows:
            if not self._room(found.kind):
                return
            self._rows[found.kind].append(row)
