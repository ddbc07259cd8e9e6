"""Read the files of partitions: segments in pieces and several at a time, everything else whole."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from steward.commands.log.directories import PartitionDirectory, UnreadableLog, unreadable
from steward.records.log.file_names import FileKind, LogFile, log_file
from steward.records.log.segment import BatchVisitor, SegmentScan, scan_segment

_MOST_THREADS = 4
_PIECE_BYTES = 1 << 20
_ENTRIES = 24
"""A common multiple of the sizes of index entries, in bytes."""


@dataclass(frozen=True, slots=True)
class ScannedSegment:
    """A segment's scan: None where its file was deleted before it was read, or why it cannot be read."""

    directory: PartitionDirectory
    scan: SegmentScan | UnreadableLog | None


Inspector = Callable[[PartitionDirectory, LogFile], BatchVisitor | None]
"""Make what looks into the batches of a segment while it is scanned."""


def scanned(
    directories: Iterable[PartitionDirectory], inspect: Inspector = lambda _, __: None
) -> Generator[ScannedSegment]:
    """Scan the segments of directories, a few ahead in threads, and yield them in order."""
    threads = max(1, min(_MOST_THREADS, os.cpu_count() or 1))
    waiting: deque[tuple[PartitionDirectory, Future[SegmentScan | UnreadableLog | None]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for directory in directories:
                for segment in directory.segments:
                    visit = inspect(directory, segment)
                    waiting.append((directory, pool.submit(scan_file, directory, segment, visit)))
                    if len(waiting) > threads:
                        yield _next(waiting)
            while waiting:
                yield _next(waiting)
        finally:
            for _, future in waiting:
                future.cancel()


def _next(
    waiting: deque[tuple[PartitionDirectory, Future[SegmentScan | UnreadableLog | None]]],
) -> ScannedSegment:
    directory, future = waiting.popleft()
    return ScannedSegment(directory, future.result())


def scan_file(
    directory: PartitionDirectory,
    segment: LogFile,
    visit: BatchVisitor | None = None,
    start: int = 0,
) -> SegmentScan | UnreadableLog | None:
    """Scan a file of batches: None where it was deleted before it was read, or why it cannot be read."""
    try:
        with (directory.path / segment.name).open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            buffer = bytearray()

            def read(position: int, count: int) -> memoryview:
                nonlocal buffer
                if len(buffer) < count:
                    buffer = bytearray(count)
                view = memoryview(buffer)[:count]
                filled = 0
                while filled < count:
                    got = os.preadv(file.fileno(), [view[filled:]], position + filled)
                    if not got:
                        break
                    filled += got
                return view[:filled]

            return scan_segment(segment.name, segment.base_offset, size, read, visit, start)
    except FileNotFoundError:
        return None
    except OSError as fault:
        return unreadable(directory.shown_file(segment.name), fault)


_WHOLE = frozenset(FileKind) - {FileKind.LOG, FileKind.METADATA_SNAPSHOT, FileKind.LEFTOVER}
_INDEXES = (FileKind.OFFSET_INDEX, FileKind.TIME_INDEX)


def contents_of(directory: PartitionDirectory) -> dict[str, bytes]:
    """Read the files of a directory that are no batches; one deleted meanwhile is absent.

    Errors: UnreadableLog.
    """
    found: dict[str, bytes] = {}
    for name in directory.chosen:
        file = log_file(name)
        if file.kind not in _WHOLE or file.kind is FileKind.OTHER:
            continue
        path = directory.path / name
        try:
            found[name] = _index(path) if file.kind in _INDEXES else path.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as fault:
            raise unreadable(directory.shown_file(name), fault) from None
    return found


def _index(path: Path) -> bytes:
    """Read an index up to the zeros that it was preallocated with; what its size leaves over is kept as zeros."""
    found: list[bytes] = []
    with path.open("rb", buffering=0) as file:
        left_over = os.fstat(file.fileno()).st_size % _ENTRIES
        while piece := file.read(_PIECE_BYTES // _ENTRIES * _ENTRIES):
            if not any(piece):
                found.append(bytes(left_over))
                break
            found.append(piece)
    return b"".join(found)
