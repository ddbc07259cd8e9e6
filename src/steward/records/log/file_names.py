"""What the files of a partition's directory are, by their names.

Source: LogFileUtils.java, UnifiedLog.java and Snapshots.java of Apache Kafka.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from steward.model.names import TopicPartition


class FileKind(StrEnum):
    """A kind of file in a partition's directory."""

    LOG = "log"
    """a segment: record batches"""
    OFFSET_INDEX = "index"
    TIME_INDEX = "timeindex"
    TRANSACTION_INDEX = "txnindex"
    PRODUCER_SNAPSHOT = "snapshot"
    METADATA_SNAPSHOT = "checkpoint"
    """a snapshot of the KRaft metadata: record batches"""
    LEADER_EPOCHS = "leader-epoch-checkpoint"
    PARTITION_METADATA = "partition.metadata"
    QUORUM_STATE = "quorum-state"
    LEFTOVER = "leftover"
    """a file to be deleted, or of an operation that did not finish"""
    OTHER = "other"


_NUMBERED = re.compile(r"(\d{20})\.(log|index|timeindex|txnindex|snapshot)")
_METADATA_SNAPSHOT = re.compile(r"(\d{20})-\d{10}\.checkpoint")
_LEFTOVERS = (".deleted", ".cleaned", ".swap", ".part", ".tmp")
_DIRECTORY = re.compile(
    r"(?P<topic>[a-zA-Z0-9._-]+)-(?P<partition>\d+)(\.[0-9a-f]{32}-(?P<state>delete|future|stray))?"
)
LOG_SUFFIX = ".log"


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of a partition's directory; ``base_offset`` is -1 where its name holds none."""

    name: str
    kind: FileKind
    base_offset: int = -1


def log_file(name: str) -> LogFile:
    """Classify a file by its name."""
    if name.endswith(_LEFTOVERS):
        return LogFile(name, FileKind.LEFTOVER)
    if found := _NUMBERED.fullmatch(name):
        return LogFile(name, FileKind(found[2]), int(found[1]))
    if found := _METADATA_SNAPSHOT.fullmatch(name):
        return LogFile(name, FileKind.METADATA_SNAPSHOT, int(found[1]))
    if name in _BY_NAME:
        return LogFile(name, FileKind(name))
    return LogFile(name, FileKind.OTHER)


_BY_NAME = (FileKind.LEADER_EPOCHS, FileKind.PARTITION_METADATA, FileKind.QUORUM_STATE)


def file_name(base_offset: int, kind: FileKind) -> str:
    """Return the name of a segment's file."""
    return f"{base_offset:020d}.{kind}"


def partition_of(directory: str) -> TopicPartition | None:
    """Return the partition that a directory's name stands for; None for another directory."""
    found = _DIRECTORY.fullmatch(directory)
    return TopicPartition(found["topic"], int(found["partition"])) if found else None


def is_being_deleted(directory: str) -> bool:
    """Return whether a directory's name says that the broker deletes it (UnifiedLog.DeleteDirSuffix)."""
    found = _DIRECTORY.fullmatch(directory)
    return bool(found) and found["state"] == "delete"
