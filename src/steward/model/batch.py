"""Record batch headers, sampled: the only evidence of how a topic is written. Record values are not decoded."""

from dataclasses import dataclass

from steward.model.names import TopicPartition

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
"""Compression of batches by Kafka's ids, 0 to 4. Source: CompressionType of Apache Kafka."""
NO_TIMESTAMP = -1
"""The timestamp of a record without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchHeader:
    """The header of one stored batch (message format v2, KIP-98).

    ``codec``: none, gzip, snappy, lz4, zstd. ``producer_id`` is -1 for a batch written without idempotence.
    ``record_count`` counts stored records; ``last_offset_delta + 1`` counts written ones (compaction makes them
    differ). ``base_timestamp_ms`` is the first record's timestamp, unless the field holds a delete horizon (KIP-534).
    The header does not say which record has ``max_timestamp_ms``.
    """

    base_offset: int
    size_bytes: int
    magic: int
    codec: str
    is_log_append_time: bool
    is_transactional: bool
    is_control: bool
    producer_id: int
    producer_epoch: int
    base_sequence: int
    last_offset_delta: int
    record_count: int
    base_timestamp_ms: int
    max_timestamp_ms: int
    has_delete_horizon: bool = False

    @property
    def last_offset(self) -> int:
        """The offset of the last record written."""
        return self.base_offset + self.last_offset_delta

    @property
    def is_dense(self) -> bool:
        """Whether every written record is still stored."""
        return self.record_count == self.last_offset_delta + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSample:
    """The newest batches of one partition within a byte budget; ``bytes_read`` is what the sample read."""

    partition: TopicPartition
    from_offset: int
    bytes_read: int
    batches: tuple[BatchHeader, ...]
