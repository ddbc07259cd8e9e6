"""What can be asked of a cluster without changing it; and, for the executor, what can be changed."""

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

if TYPE_CHECKING:  # columns need numpy, which most commands do without
    from steward.analysis.lag.offset_table import OffsetTable

Progress = Callable[[str], None]
"""Told, in a few words, what long work is doing now."""


def quiet(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How much of each part to ask for. None means all of it.

    ``config_keys`` are the only keys that topics are asked for; keys that the brokers do not know are absent.
    The ``sample_`` fields bound the reading of batch headers; ``sample_at`` samples exactly these partitions, each
    from its offset on. ``key_ranges`` are the partitions whose keys are sampled, each between two offsets, by default
    all of the topics', from start to end; ``key_bytes`` bounds what is fetched for that in all, which the last batch
    of each partition may exceed. ``coordinators`` are the only brokers asked to list groups. ``metrics_gently`` asks
    few brokers at a time for their metrics: slower, and hardly felt by their clients. Names that do not exist are
    simply absent from the answer: asking never creates anything.
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
"""Which parts, and how much of each."""

Next = Callable[[ClusterSnapshot], ObservationRequest | None]
"""From what was seen so far to what to look at now; None where that is enough."""


class Observer(Protocol):
    """Reads a cluster, many requests in parallel, and never changes it."""

    def observe(
        self, parts: frozenset[Part], scope: Scope = EVERYTHING, progress: Progress | None = None
    ) -> ClusterSnapshot:
        """Return a snapshot that holds the given parts, each as seen or as Unknown.

        Errors: ClusterUnreachable, when no broker answers; NotAuthorized, when authentication fails. What
                fails later is Unknown in the snapshot.
        """
        ...

    def offset_table(self, *, with_start: bool = True, with_stable: bool = True) -> "OffsetTable":
        """Take a look at every offset and every group's commits, as columns.

        Shape: starts are read before commits and ends after them, so that lag can only be overstated. Without
               ``with_start`` or ``with_stable``, the log starts or last stable offsets of the last look stand.
        """
        ...

    def timestamps(
        self, times: Mapping[TopicPartition, int]
    ) -> Mapping[TopicPartition, TimestampAtOffset | Unknown | None]:
        """Ask for the first record at or after a time (epoch ms) in each partition; None where none is as young.

        Shape: `search.MAX_TIMESTAMP` in place of a time asks for the record with the largest timestamp.
        """
        ...

    def first_records(
        self, wanted: Mapping[TopicPartition, range]
    ) -> Mapping[TopicPartition, TimestampAtOffset | Unknown | None]:
        """Read offset and timestamp (epoch ms) of the first record of each stretch of offsets; needs READ.

        Shape: None where a stretch holds no record: transaction markers, or gaps that compaction left. Unknown where a
               record could not be read: not permitted, no leader, too large a batch.
        """
        ...

    def validate(self, changes: Sequence[Change]) -> tuple[BrokerRefused | None, ...]:
        """Ask whether the brokers would take each change, without making it; None where they would, or do not say.

        Shape: a change whose request cannot be asked like that, or that we may not ask for, counts as not said.
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
    """Changes a cluster; the executor alone has one."""

    def denied(self, changes: Sequence[Change]) -> tuple[NotAuthorized | None, ...]:
        """Return for each change the right that is missing, None where none is or the brokers do not tell.

        Errors: StewardError, where no broker answers.
        """
        ...

    def perform(
        self, changes: Sequence[Change], passwords: Mapping[UpsertScram, Secret]
    ) -> tuple[StewardError | None, ...]:
        """Ask for changes of one kind in one request, and return the fate of each; None: accepted.

        Shape: a fault that leaves open whether it happened is DeadlineExceeded with ``may_have_happened``.
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
