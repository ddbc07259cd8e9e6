"""Which partition directories and files a path stands for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from steward.documents.files import path_of
from steward.model.doc import Doc
from steward.model.error import StewardError, UsageError
from steward.records.log.file_names import FileKind, LogFile, log_file, partition_of

LOG_PATHS = Doc(
    "directories of partitions, log directories of a broker, or single files of a log",
    positional=True,
    metavar="PATH...",
)
_READABLE = frozenset(FileKind) - {FileKind.OTHER, FileKind.LEFTOVER}
_OF_A_BROKER = frozenset(
    ("meta.properties", "recovery-point-offset-checkpoint", "replication-offset-checkpoint")
)
"""Files that a broker keeps in each of its log directories, beside the directories of partitions."""
_AS_BROKER = "run the command as the user of the broker, or as one who may read its files"


class UnreadableLog(StewardError):
    """A log cannot be read: permission, or an error of the disk."""

    code = "unreadable"


@dataclass(frozen=True, slots=True)
class PartitionDirectory:
    """A partition's directory: how it was named, where it is, its files, and which of them were asked for."""

    shown: str
    path: Path
    names: tuple[str, ...]
    chosen: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the directory was asked for, not single files of it."""
        return self.names == self.chosen

    def shown_file(self, name: str) -> str:
        """Name a file as the directory was named."""
        return name if self.shown in ("", ".") else f"{self.shown.rstrip('/')}/{name}"

    def only(self, name: str) -> "PartitionDirectory":
        """Return the directory with one file asked for."""
        return replace(self, chosen=(name,))

    @property
    def segments(self) -> tuple[LogFile, ...]:
        """The segments asked for, by rising base offset."""
        return tuple(f for f in map(log_file, sorted(self.chosen)) if f.kind is FileKind.LOG)

    @property
    def active_base(self) -> int:
        """The base offset of the directory's last segment, to which a broker writes; -1 without one."""
        files = map(log_file, self.names)
        return max((f.base_offset for f in files if f.kind is FileKind.LOG), default=-1)


def partition_directories(
    paths: Iterable[str], directory: Path, *, alone: bool = False
) -> tuple[PartitionDirectory, ...]:
    """Return the partition directories that paths stand for; a broker's log directory stands for all in it.

    ``alone``: a file stands for itself, not also for the segment or the indexes that belong to it.
    Errors: UsageError for a path that does not exist or is no log; UnreadableLog.
    """
    found: dict[Path, PartitionDirectory] = {}
    for text in paths:
        for one in _of(text, path_of(text, directory), alone=alone):
            known = found.get(one.path)
            if known is not None:
                chosen = tuple(sorted({*known.chosen, *one.chosen}))
                one = PartitionDirectory(known.shown, one.path, one.names, chosen)
            found[one.path] = one
    return tuple(found.values())


def _of(text: str, path: Path, *, alone: bool) -> Iterator[PartitionDirectory]:
    if path.is_file():
        if log_file(path.name).kind not in _READABLE:
            raise _no_log(text, "its name is that of no file of a log")
        names = tuple(_names(path.parent, text))
        shown = text.rpartition("/")[0]
        companions = tuple(
            n for n in names if n == path.name or (not alone and _goes_with(n, path.name))
        )
        yield PartitionDirectory(shown, path.parent, names, companions)
        return
    if not path.is_dir():
        raise UsageError(
            f"{text} does not exist",
            remedy="pass a partition's directory under log.dirs of a broker, such as /var/lib/kafka/orders-0",
            object_name=text,
        )
    names = tuple(_names(path, text))
    if any(log_file(name).kind in _READABLE for name in names):
        yield PartitionDirectory(text, path, names, names)
        return
    below = [name for name in names if partition_of(name) and (path / name).is_dir()]
    if not _OF_A_BROKER & {*names}:  # any directory can be called like a partition, such as dbus-1
        below = [name for name in below if _holds_a_log(path / name, text)]
    if not below:
        raise _no_log(text, "it holds neither segments nor directories of partitions")
    for name in below:
        try:
            names = tuple(_names(path / name, f"{text}/{name}"))
        except UnreadableLog:
            if (path / name).exists():
                raise
            continue  # the broker deleted or renamed it meanwhile
        yield PartitionDirectory(f"{text.rstrip('/')}/{name}", path / name, names, names)


def _holds_a_log(path: Path, shown: str) -> bool:
    return any(log_file(name).kind in _READABLE for name in _names(path, f"{shown}/{path.name}"))


def _goes_with(name: str, segment: str) -> bool:
    """Return whether a file is an index of a segment."""
    file, of = log_file(name), log_file(segment)
    indexes = (FileKind.OFFSET_INDEX, FileKind.TIME_INDEX, FileKind.TRANSACTION_INDEX)
    if of.kind in indexes:
        return file.kind is FileKind.LOG and file.base_offset == of.base_offset
    return of.kind is FileKind.LOG and file.kind in indexes and file.base_offset == of.base_offset


def _names(path: Path, shown: str) -> list[str]:
    try:
        return sorted(entry.name for entry in path.iterdir())
    except OSError as fault:
        raise unreadable(shown, fault) from None


def unreadable(shown: str, fault: OSError) -> UnreadableLog:
    """Report a file or directory that cannot be read."""
    reason = (fault.strerror or str(fault)).lower()
    return UnreadableLog(f"{shown} cannot be read: {reason}", remedy=_AS_BROKER, object_name=shown)


def _no_log(text: str, why: str) -> UsageError:
    return UsageError(
        f"{text} is no log: {why}",
        remedy="pass a partition's directory, such as /var/lib/kafka/orders-0, or a .log file in it",
        object_name=text,
    )
