"""Compare two partition directories."""

from contextlib import closing

from steward.commands.log.diff import DiffRange, DiffSide, LogDiff
from steward.commands.log.directories import PartitionDirectory, UnreadableLog, unreadable
from steward.commands.log.reading import scanned
from steward.records.log.diff import LogDifference, LogSide, OffsetRange, compare


def compared(
    left: tuple[str, PartitionDirectory], right: tuple[str, PartitionDirectory]
) -> tuple[LogDiff, list[str]]:
    """Return how two logs differ, and what could not be decoded.

    Errors: UnreadableLog.
    """
    sides = [_side(directory) for _, directory in (left, right)]
    found = compare(*sides)
    common = found.common
    data = LogDiff(
        verdict=_verdict(found),
        sides=tuple(_row(path, side) for (path, _), side in zip((left, right), sides, strict=True)),
        common_first_offset=None if common is None else common.first,
        common_last_offset=None if common is None else common.last,
        equal_batches=found.equal_batches,
        compared_records=found.compared_records,
        differences=tuple(
            DiffRange(kind=kind, first_offset=r.first, last_offset=r.last, records=r.records)
            for kind, ranges in _kinds(found)
            for r in ranges
        ),
    )
    return data, found.unread


def _kinds(found: LogDifference) -> tuple[tuple[str, list[OffsetRange]], ...]:
    return (
        ("diverged", found.diverged),
        ("only_left", found.only_left),
        ("only_right", found.only_right),
        ("leader_epoch", found.epochs),
    )


def _verdict(found: LogDifference) -> str:
    if found.common is None:
        return "apart"
    if found.diverged:
        return "diverged"
    if found.unread:
        return "unknown"
    return "compatible" if any(ranges for _, ranges in _kinds(found)) else "identical"


def _side(directory: PartitionDirectory) -> LogSide:
    def fetch(name: str, position: int, size: int) -> memoryview:
        try:
            with (directory.path / name).open("rb", buffering=0) as file:
                file.seek(position)
                return memoryview(file.read(size))
        except OSError as fault:
            raise unreadable(directory.shown_file(name), fault) from None

    side = LogSide(fetch)
    with closing(scanned([directory])) as scans:
        for one in scans:
            if isinstance(one.scan, UnreadableLog):
                raise one.scan
            if one.scan is not None:
                side.add(one.scan)
    return side


def _row(path: str, side: LogSide) -> DiffSide:
    batches = side.batches
    return DiffSide(
        path=path,
        batches=len(batches),
        damaged=side.damaged,
        first_offset=int(batches["base_offset"][0]) if len(batches) else None,
        last_offset=int(batches["last_offset"].max()) if len(batches) else None,
    )
