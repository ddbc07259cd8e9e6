"""What can be read from a cluster and, for the executor, what can be changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from steward.analysis.lag.timestamp_search import TimestampAtOffset
from steward.model.change import Change, UpsertScram
from steward.model.connection import Secret
from steward.model.error import BrokerRefused, NotAuthorized, StewardError
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Unknown

if TYPE_CHECKING:  # columns need numpy, which most commands do not
    from steward.analysis.lag.offset_table import OffsetTable

Progress = Callable[[str], None]
"""Receives, in a few words, what a long operation is doing."""


def quiet(_: str) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How much of each part to request. None means all of it.

    ``config_keys`` are the only keys requested of topics; keys unknown to the brokers are absent. The ``sample_``
    fields bound the reading of batch headers; ``sample_at`` samples exactly these partitions, each from its offset.
    ``key_ranges`` are the partitions whose keys are sampled, each between two offsets, by default the whole log of all
    partitions; ``key_bytes`` bounds the bytes fetched for that, which the last batch of each partition may exceed.
    ``coordinators`` are the only brokers asked to list groups. ``metrics_gently`` reads the metrics of few brokers at a
    time: slower, with little effect on their clients. Names that do not exist are absent from the answer: reading never
    creates anything.
    """

    topics: frozenset[str] | None = None
    groups: frozenset[str] | None = None
    brokers: frozenset[int] | None = None
    sample_bytes_per_partition: int = 64 * 1024
    sample_partitions_per_topic: int = 3
    sample_bytes_total: int = 64 * 1024 * 1024
    sample_at: Mapping[TopicPartition, int] | None = None
    key_ranges: Mapping[TopicPartition, tuple[int, int]] | None = None
    key_bytes: int = 1024 * 1024
    coordinators: frozenset[int] | None = None
    config_synonyms: bool = True
    config_keys: frozenset[str] | None = None
    metrics_gently: bool = False


EVERYTHING = Scope()

ObservationRequest = tuple[frozenset[Part], Scope]
"""The parts, and how much of each."""

Next = Callable[[ClusterSnapshot], ObservationRequest | None]
"""From the snapshot so far to the next request; None where it suffices."""


class Observer(Protocol):
    """Reads a cluster with many requests in parallel, and never changes it."""

    def observe(
        self, parts: frozenset[Part], scope: Scope = EVERYTHING, progress: Progress | None = None
    ) -> ClusterSnapshot:
        """Return a snapshot with the given parts, each as observed or as Unknown.

        Errors: ClusterUnreachable, when no broker answers; NotAuthorized, when authentication fails. What fails later
                is Unknown in the snapshot.
        """
        ...

    def offset_table(self, *, with_start: bool = True, with_stable: bool = True) -> "OffsetTable":
        """Poll every offset and every group's commits, as columns.

        Starts are read before commits and ends after them, so that lag can only be overstated. Without ``with_start``
        or ``with_stable``, the log starts or last stable offsets of the last poll are reused.
        """
        ...

    def timestamps(
        self, times: Mapping[TopicPartition, int]
    ) -> Mapping[TopicPartition, TimestampAtOffset | Unknown | None]:
        """Request the first record at or after a timestamp (epoch ms) in each partition; None where there is none.

        `search.MAX_TIMESTAMP` as timestamp requests the record with the largest one.
        """
        ...

    def first_records(
        self, wanted: Mapping[TopicPartition, range]
    ) -> Mapping[TopicPartition, TimestampAtOffset | Unknown | None]:
        """Read offset and timestamp (epoch ms) of the first record of each range of offsets; needs READ.

        Shape: None where a range holds no record, only transaction markers or compaction gaps. Unknown where a record
               could not be read: not permitted, no leader, too large a batch.
        """
        ...

    def validate(self, changes: Sequence[Change]) -> tuple[BrokerRefused | None, ...]:
        """Ask whether the brokers would accept each change, without making it; None where they would, or it is unknown.

        It is unknown for a change that cannot be validated, or that this principal may not request.
        """
        ...

    def requests_sent(self) -> Mapping[str, int]:
        """Count the requests sent so far, by Kafka's name."""
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


class Changer(Protocol):
    """Changes a cluster; only the executor has one."""

    def denied(self, changes: Sequence[Change]) -> tuple[NotAuthorized | None, ...]:
        """Return the missing ACL of each change, None where none is missing or brokers do not report it.

        Errors: StewardError, where no broker answers.
        """
        ...

    def perform(
        self, changes: Sequence[Change], passwords: Mapping[UpsertScram, Secret]
    ) -> tuple[StewardError | None, ...]:
        """Request changes of one kind in one request, and return the result of each; None: accepted.

        A fault that leaves open whether the change happened is DeadlineExceeded with ``may_have_happened``.
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
