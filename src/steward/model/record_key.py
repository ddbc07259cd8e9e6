"""Keys of a partition's records, counted in a sample: how many have none, and which are the most frequent."""

from dataclasses import dataclass

from steward.model.names import TopicPartition


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of the partition's records, 0 to 1: as sampled, and between which bounds it lies (95 %)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyShare:
    """One key. ``digest`` is an HMAC with a secret of this run: it tells keys apart and names none.

    ``offset`` is that of one record which has the key.
    """

    digest: str
    share: Share
    records: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySample:
    """What a sample of one partition's records says of their keys.

    Shape: ``frequent`` holds the most frequent keys, most frequent first; ``distinct`` counts the keys in the sample,
           and the partition may hold more. ``unread`` says why batches could not be decoded, each reason once.
           Markers and aborted records count for nothing.
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
    """producer ids seen; 0 where producers are not idempotent"""
    unread: tuple[str, ...] = ()
