"""The port through which backups read partitions: raw record batches, as stored, by topic id."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self

from steward.model.topic import Topic
from steward.records.committed import Aborted

CLIENT_ID = "steward-backup"
"""The client id of captures, so that a quota can limit them alone."""


_NOTHING = memoryview(b"")


class ReadOutcome(StrEnum):
    """How a broker answered for one partition."""

    READ = "read"
    MOVED = "moved"
    """the broker does not lead it now, or cannot serve it yet: refresh the leaders and try again"""
    OUT_OF_RANGE = "out_of_range"
    """the log holds no such offset: it begins later, or ends earlier"""
    DIVERGED = "diverged"
    """the log was truncated below the offset: records that were read before are gone"""
    GONE = "gone"
    """no topic has this id now"""
    DENIED = "denied"
    FAILED = "failed"
    """Kafka's error is in ``detail``"""


@dataclass(frozen=True, slots=True)
class ReadFrom:
    """Where to read a partition: from an offset, after a batch of this leader epoch; -1 where there is none."""

    offset: int
    last_epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSlice:
    """Batches of one partition.

    ``records`` may end within a batch. ``aborted`` are the aborted transactions that overlap them. ``diverged_at``: the
    offset from which the log is another one. ``read_at``: the broker that asks to be read instead (KIP-392); None: the
    one that answered.
    """

    outcome: ReadOutcome
    records: memoryview = _NOTHING
    aborted: tuple[Aborted, ...] = ()
    diverged_at: int | None = None
    read_at: int | None = None
    detail: str = ""


class LogReader(Protocol):
    """Reads partitions of a cluster; may be used by several threads."""

    def topic(self, name: str) -> Topic | None:
        """Return a topic with its leaders as they are now; None where it does not exist.

        Errors: ClusterUnreachable, NotAuthorized.
        """
        ...

    def read(
        self, broker: int, topic: Topic, wanted: Mapping[int, ReadFrom], max_bytes: int
    ) -> Mapping[int, LogSlice]:
        """Read partitions of one topic at one broker, up to the last stable offset of each.

        ``max_bytes`` limits the whole answer; the first batch of the first partition comes even if it is larger.
        Partitions are served in the given order. A partition missing from the broker's answer is missing here.
        Errors: ClusterUnreachable, DeadlineExceeded, NotSupported (before Kafka 3.1).
        """
        ...

    def close(self) -> None:
        """Close every connection."""
        ...

    def __enter__(self) -> Self:
        """Use it as a context."""
        ...

    def __exit__(self, *exc: object) -> None:
        """Close it."""
        ...
