"""What a Produce request needs of a batch: the restorer's own producer id, epoch and sequence, and a checksum.

A broker accepts a batch that it has already, by producer id and sequence, without writing it again. So a request whose
answer was lost can be sent again.

Source: DefaultRecordBatch and ProducerStateManager of Apache Kafka.
"""

from dataclasses import dataclass, field
from struct import Struct

from steward.records.batches import CHECKED_FROM, CODEC_BITS

_SEQUENCES = 1 << 31
_NO_LEADER_EPOCH = -1
_BASE_OFFSET, _LEADER_EPOCH, _CRC = Struct(">q"), Struct(">i"), Struct(">I")
_ATTRIBUTES, _PRODUCER = Struct(">h"), Struct(">qhi")
_LEADER_EPOCH_AT, _CRC_AT, _ATTRIBUTES_AT, _PRODUCER_AT = 12, 17, 21, 43


@dataclass(frozen=True, slots=True)
class ProducerIdentity:
    """What InitProducerId returned."""

    producer_id: int
    epoch: int


@dataclass(slots=True)
class PartitionSequence:
    """The sequence of one partition: the number of records written so far, modulo 2^31."""

    next: int = field(default=0)

    def take(self, records: int) -> int:
        """Return the base sequence of a batch of so many records, and count them."""
        base = self.next
        self.next = (base + records) % _SEQUENCES
        return base


def patched(
    batch: bytes | bytearray | memoryview, producer: ProducerIdentity, sequence: int
) -> bytearray:
    """Return a batch of format v2 as an idempotent producer of CreateTime sends it.

    Records, compression and timestamps stay as they are. Base offset and leader epoch are the broker's to set;
    attributes keep the codec alone: no LogAppendTime, transaction, or delete horizon.
    """
    from crc32c import crc32c  # takes 30 ms to import

    found = bytearray(batch)
    _BASE_OFFSET.pack_into(found, 0, 0)
    _LEADER_EPOCH.pack_into(found, _LEADER_EPOCH_AT, _NO_LEADER_EPOCH)
    (attributes,) = _ATTRIBUTES.unpack_from(found, _ATTRIBUTES_AT)
    _ATTRIBUTES.pack_into(found, _ATTRIBUTES_AT, attributes & CODEC_BITS)
    _PRODUCER.pack_into(found, _PRODUCER_AT, producer.producer_id, producer.epoch, sequence)
    _CRC.pack_into(found, _CRC_AT, crc32c(memoryview(found)[CHECKED_FROM:]))
    return found
