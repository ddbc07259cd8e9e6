"""Record keys of a partition, counted in a sample: how many records have none, and the most frequent keys."""

from dataclasses import dataclass

from steward.model.names import TopicPartition


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of the partition's records, 0 to 1: the sampled value and its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyShare:
    """One key. ``digest`` is an HMAC with a secret of this run: it distinguishes keys without revealing them.

    ``offset`` is the offset of one record with the key.
    """

    digest: str
    share: Share
    records: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySample:
    """The keys in a sample of one partition's records.

    ``frequent`` holds the most frequent keys first; ``distinct`` counts the keys in the sample, of which the partition
    may have more. ``unread`` lists why batches could not be decoded. Markers and aborted records are not counted.
    """

    partition: TopicPartition
    first_offset: int
    last_offset: int
    windows: int
    bytes_read: int
    records: int
    keyless: int
    keyless_share: Share
    distinct: int
    frequent: tuple[KeyShare, ...]
    producers: int
    """producer ids in the sample; 0 where producers are not idempotent"""
    unread: tuple[str, ...] = ()
