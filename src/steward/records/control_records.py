"""Control records: the markers that end transactions, and the controller quorum's own records.

Source: ControlRecordType.java and EndTransactionMarker.java of Apache Kafka. Control batches are not compressed.
"""

from dataclasses import dataclass
from enum import IntEnum
from struct import Struct, error

from steward.records.record_heads import signed_varint

_KEY = Struct(">hh")
_END_OF_TRANSACTION = Struct(">hi")


class ControlType(IntEnum):
    """The types of control records."""

    ABORT = 0
    COMMIT = 1
    LEADER_CHANGE = 2
    SNAPSHOT_HEADER = 3
    SNAPSHOT_FOOTER = 4
    KRAFT_VERSION = 5
    KRAFT_VOTERS = 6


@dataclass(frozen=True, slots=True)
class ControlRecord:
    """A control record. ``type`` is a number that Kafka may add to; ``coordinator_epoch`` is -1 without one."""

    type: int
    coordinator_epoch: int = -1

    @property
    def is_abort(self) -> bool:
        """Whether it aborts a transaction."""
        return self.type == ControlType.ABORT

    @property
    def ends_transaction(self) -> bool:
        """Whether it commits or aborts a transaction."""
        return self.type in (ControlType.ABORT, ControlType.COMMIT)

    @property
    def label(self) -> str:
        """Its name as Kafka writes it, or ``unknown (9)``."""
        known = self.type in ControlType.__members__.values()
        return ControlType(self.type).name if known else f"unknown ({self.type})"


def control_record(payload: memoryview) -> ControlRecord | None:
    """Read the first record of a control batch from its payload; None where it cannot be read."""
    try:
        _, at = signed_varint(payload, 0)
        at += 1
        for _ in range(2):
            _, at = signed_varint(payload, at)
        key_length, at = signed_varint(payload, at)
        _, kind = _KEY.unpack_from(payload, at)
        _, at = signed_varint(payload, at + key_length)
        if kind not in (ControlType.ABORT, ControlType.COMMIT):
            return ControlRecord(kind)
        _, coordinator_epoch = _END_OF_TRANSACTION.unpack_from(payload, at)
    except (IndexError, ValueError, error):
        return None
    return ControlRecord(kind, coordinator_epoch)
