"""Check partition directories one after the other, while segments are scanned ahead."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from steward.commands.api.context import Context
from steward.commands.log.directories import PartitionDirectory, UnreadableLog
from steward.commands.log.reading import ScannedSegment, contents_of, scan_file, scanned
from steward.commands.log.verify import NoteRow, ProblemRow, VerifiedPartition
from steward.model.progress import ProgressStep
from steward.records.log.check_batches import Chain, check_batches
from steward.records.log.check_records import RecordCheck
from steward.records.log.file_names import (
    FileKind,
    LogFile,
    is_being_deleted,
    log_file,
    partition_of,
)
from steward.records.log.partition_check import PartitionCheck
from steward.records.log.problem import Found, LogProblem, NoteKind
from steward.records.log.segment import BatchVisitor, SegmentScan


def verified(
    directories: Sequence[PartitionDirectory], context: Context, *, records: bool
) -> Iterator["DirectoryReport"]:
    """Check directory by directory, while segments are scanned ahead. ``records``: decode every record, too.

    A partition that is being deleted is named, and not checked.
    """
    deleted = [one for one in directories if is_being_deleted(one.path.resolve().name)]
    for directory in deleted:
        yield _being_deleted(directory)
    directories = tuple(one for one in directories if one not in deleted)
    found: dict[tuple[Path, str], list[LogProblem]] = {}

    def visitor(directory: PartitionDirectory, segment: LogFile) -> BatchVisitor | None:
        if not records:
            return None
        return RecordCheck(segment.name, found.setdefault((directory.path, segment.name), []))

    with closing(scanned(directories, visitor)) as scans:
        for number, directory in enumerate(directories, 1):
            step = f"verifying {directory.shown}"
            context.progress(ProgressStep(step, number=number, total=len(directories)))
            report = DirectoryReport(directory)
            try:
                check = PartitionCheck(
                    directory.chosen, contents_of(directory), directory.active_base
                )
                report.add(check.begin())
            except UnreadableLog as fault:
                report.fault, check = fault, None
            for scan in islice(scans, len(directory.segments)):
                report.take(scan, check)
                if isinstance(scan.scan, SegmentScan):
                    report.add(iter(found.pop((directory.path, scan.scan.name), ())))
            if check is not None:
                report.add(check.finish())
                try:
                    report.add(_metadata_snapshots(directory))
                except UnreadableLog as fault:
                    report.fault = report.fault or fault
            yield report


def _being_deleted(directory: PartitionDirectory) -> "DirectoryReport":
    note = NoteRow(
        file=directory.shown,
        position=None,
        offset=None,
        kind=NoteKind.BEING_DELETED,
        detail="the broker deletes this partition: its files are not checked",
    )
    return DirectoryReport(directory, notes=[note])


def _metadata_snapshots(directory: PartitionDirectory) -> Iterator[Found]:
    """Check the batches of snapshots of the KRaft metadata: their own offsets begin at 0.

    Errors: UnreadableLog.
    """
    for file in map(log_file, directory.chosen):
        if file.kind is FileKind.METADATA_SNAPSHOT:
            scan = scan_file(directory, replace(file, base_offset=0))
            if isinstance(scan, UnreadableLog):
                raise scan
            if scan is not None:
                yield from check_batches(scan, Chain(), is_last=False)


def _problem_row(problem: LogProblem, file: str) -> ProblemRow:
    return ProblemRow(
        file=file,
        position=problem.position,
        offset=problem.offset,
        kind=problem.kind,
        detail=problem.detail,
        consequence=problem.effect.consequence,
        remedy=problem.effect.remedy,
    )


@dataclass(slots=True)
class DirectoryReport:
    """The report of one directory, while it is read."""

    directory: PartitionDirectory
    problems: list[ProblemRow] = field(default_factory=list[ProblemRow])
    notes: list[NoteRow] = field(default_factory=list[NoteRow])
    segments: int = 0
    batches: int = 0
    records: int = 0
    bytes: int = 0
    first: int | None = None
    last: int | None = None
    fault: UnreadableLog | None = None

    def add(self, found: Iterator[Found]) -> None:
        """Add what a check found."""
        for one in found:
            file = self.directory.shown_file(one.file)
            if isinstance(one, LogProblem):
                self.problems.append(_problem_row(one, file))
            else:
                row = NoteRow(
                    file=file,
                    position=one.position,
                    offset=one.offset,
                    kind=one.kind,
                    detail=one.detail,
                )
                self.notes.append(row)

    def take(self, segment: ScannedSegment, check: PartitionCheck | None) -> None:
        """Check a segment, and count what it holds."""
        scan = segment.scan
        if isinstance(scan, UnreadableLog):
            self.fault = self.fault or scan
        if scan is None or isinstance(scan, UnreadableLog) or check is None:
            return
        self.add(check.segment(scan))
        self.segments += 1
        self.bytes += scan.size_bytes
        rows = scan.rows[scan.intact]
        self.batches += len(scan.rows)
        self.records += int(rows["record_count"].sum())
        if len(rows):
            self.first = int(rows["base_offset"][0]) if self.first is None else self.first
            self.last = int(rows["base_offset"][-1]) + int(rows["last_offset_delta"][-1])

    @property
    def summary(self) -> VerifiedPartition:
        """What was checked."""
        name = partition_of(self.directory.path.resolve().name)
        return VerifiedPartition(
            directory=self.directory.shown or ".",
            partition=str(name) if name else None,
            segments=self.segments,
            batches=self.batches,
            records=self.records,
            bytes=self.bytes,
            first_offset=self.first,
            last_offset=self.last,
            problems=len(self.problems),
        )
