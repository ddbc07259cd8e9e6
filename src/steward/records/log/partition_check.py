"""Judge a partition's directory as one thing: segment after segment, each with the files beside it.

Between segments only the chain, the leader epochs and the states of producers are kept: memory does not grow with the
size of the log.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from steward.model.wording import count
from steward.records.log.check_batches import Chain, chain_after, check_batches
from steward.records.log.check_epochs import check_leader_epochs, malformed
from steward.records.log.check_indexes import check_offset_index, check_time_index
from steward.records.log.check_producers import (
    check_producer_states,
    check_snapshot_file,
    check_transaction_index,
)
from steward.records.log.checkpoints import (
    LeaderEpoch,
    Malformed,
    leader_epochs,
    partition_metadata,
)
from steward.records.log.file_names import FileKind, LogFile, file_name, log_file
from steward.records.log.indexes import offset_index, time_index, transaction_index
from steward.records.log.problem import Found, LogNote, LogProblem, NoteKind, ProblemKind
from steward.records.log.producer_replay import EndedTransaction, ProducerReplay
from steward.records.log.producer_snapshot import ProducerSnapshot, producer_snapshot
from steward.records.log.segment import SegmentScan

Contents = Mapping[str, bytes]
"""Files that are read whole, by name: everything of a directory but its segments."""


@dataclass(slots=True)
class PartitionCheck:
    """The check of one directory, or of some of its files.

    ``names``: of the files to check; ``contents``: of those that are no segments; ``active_base``: the base offset of
    the directory's last segment, to which a broker writes.
    """

    names: Sequence[str]
    contents: Contents
    active_base: int
    _chain: Chain = field(default_factory=Chain)
    _replay: ProducerReplay = field(default_factory=ProducerReplay)
    _files: tuple[LogFile, ...] = ()
    _epochs: tuple[LeaderEpoch, ...] | None = None
    _snapshots: list[LogFile] = field(default_factory=list[LogFile])

    def __post_init__(self) -> None:
        """Classify the files, and read the small ones."""
        self._files = tuple(log_file(name) for name in sorted(self.names))
        self._snapshots = [
            f
            for f in self._files
            if f.kind is FileKind.PRODUCER_SNAPSHOT and f.name in self.contents
        ]
        found = self.contents.get(FileKind.LEADER_EPOCHS)
        read = None if found is None else leader_epochs(found)
        self._epochs = None if isinstance(read, Malformed) else read

    @property
    def segments(self) -> tuple[LogFile, ...]:
        """The segments, by rising base offset."""
        return tuple(f for f in self._files if f.kind is FileKind.LOG)

    def begin(self) -> Iterator[Found]:
        """Yield what is wrong without looking into a segment."""
        for kind, read, problem in (
            (FileKind.LEADER_EPOCHS, leader_epochs, ProblemKind.LEADER_EPOCHS_MALFORMED),
            (
                FileKind.PARTITION_METADATA,
                partition_metadata,
                ProblemKind.PARTITION_METADATA_MALFORMED,
            ),
        ):
            data = self.contents.get(kind)
            fault = None if data is None else read(data)
            if isinstance(fault, Malformed):
                yield malformed(kind, fault, problem)
        for file in self._snapshots:
            yield from check_snapshot_file(file.name, producer_snapshot(self.contents[file.name]))
        yield from self._strays()

    def segment(self, scan: SegmentScan) -> Iterator[Found]:
        """Yield what is wrong with the next segment and the files beside it. Segments come in order."""
        is_last = scan.base_offset == self.active_base
        yield from check_batches(scan, self._chain, is_last=is_last)
        yield from self._indexes(scan)
        yield from self._producers(scan)
        if self._epochs is not None:
            yield from check_leader_epochs(self._epochs, scan)
        self._chain = chain_after(scan, self._chain)

    def finish(self) -> Iterator[Found]:
        """Yield what is wrong with snapshots at the end of the log."""
        for file in self._snapshots:
            if file.base_offset <= self._chain.next_offset:
                yield from self._snapshot(file)
        self._snapshots = []

    def _strays(self) -> Iterator[Found]:
        bases = {f.base_offset for f in self.segments}
        left = [f.name for f in self._files if f.kind is FileKind.LEFTOVER]
        if left:
            detail = (
                f"{count(len(left), 'file')} to be deleted, or of an operation that did not finish"
            )
            yield _note(left[0], NoteKind.LEFTOVER_FILE, detail)
        for file in self._files:
            is_companion = file.kind in (FileKind.OFFSET_INDEX, FileKind.TIME_INDEX)
            if is_companion and file.base_offset not in bases:
                detail = f"there is no segment {file_name(file.base_offset, FileKind.LOG)}"
                yield LogProblem(
                    file=file.name,
                    position=None,
                    offset=file.base_offset,
                    kind=ProblemKind.SEGMENT_MISSING,
                    detail=detail,
                )

    def _indexes(self, scan: SegmentScan) -> Iterator[Found]:
        name = file_name(scan.base_offset, FileKind.OFFSET_INDEX)
        if (data := self.contents.get(name)) is None:
            detail = "the broker builds it again when it starts; until then reads scan"
            yield _note(name, NoteKind.INDEX_MISSING, detail)
        else:
            yield from check_offset_index(name, offset_index(data), scan)
        name = file_name(scan.base_offset, FileKind.TIME_INDEX)
        if (data := self.contents.get(name)) is not None:
            yield from check_time_index(name, time_index(data), scan)

    def _producers(self, scan: SegmentScan) -> Iterator[Found]:
        self._replay.is_complete = self._replay.is_complete and _is_dense(scan, self._chain)
        ended = list[EndedTransaction]()
        start = 0
        rows = scan.rows[scan.intact] if not scan.intact.all() else scan.rows
        begins = rows["base_offset"]
        for file in self._due(scan):
            until = max(start, int(np.searchsorted(begins, file.base_offset)))
            ended += self._replay.add(rows[start:until], scan.markers)
            yield from self._snapshot(file)
            start = until
        ended += self._replay.add(rows[start:], scan.markers)
        name = file_name(scan.base_offset, FileKind.TRANSACTION_INDEX)
        index = transaction_index(self.contents.get(name, b""))
        complete = self._replay.is_complete
        yield from check_transaction_index(name, index, scan, ended, is_complete=complete)

    def _due(self, scan: SegmentScan) -> Iterable[LogFile]:
        """Take the snapshots whose offset lies before the end of the segment."""
        end = int(scan.rows["base_offset"][-1]) if len(scan.rows) else scan.base_offset
        due = [f for f in self._snapshots if f.base_offset <= end]
        self._snapshots = [f for f in self._snapshots if f.base_offset > end]
        return due

    def _snapshot(self, file: LogFile) -> Iterator[Found]:
        read = producer_snapshot(self.contents[file.name])
        if isinstance(read, ProducerSnapshot) and read.is_intact:
            yield from check_producer_states(file.name, read, self._replay)


def _is_dense(scan: SegmentScan, before: Chain) -> bool:
    """Return whether the log shows every record since its first: nothing deleted, compacted or damaged."""
    rows, lasts = scan.rows, scan.table.last_offsets
    expected = np.concatenate(([max(before.next_offset, 0)], lasts[:-1] + 1))
    return (
        bool(scan.intact.all())
        and not any(stop.resumes_at >= 0 for stop in scan.breaks)
        and (not len(rows) or bool((rows["base_offset"] == expected).all()))
        and bool((rows["record_count"] == rows["last_offset_delta"] + 1).all())
    )


def _note(name: str, kind: NoteKind, detail: str) -> LogNote:
    return LogNote(file=name, position=None, offset=None, kind=kind, detail=detail)
