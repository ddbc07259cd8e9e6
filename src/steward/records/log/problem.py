"""What can be wrong with a partition's files: each kind with its consequence for the broker and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """A kind of damage."""

    BATCH_CHECKSUM_WRONG = "batch_checksum_wrong"
    BATCH_LENGTH_INVALID = "batch_length_invalid"
    BATCH_MAGIC_UNKNOWN = "batch_magic_unknown"
    BATCH_COUNT_WRONG = "batch_count_wrong"
    BATCH_UNREADABLE = "batch_unreadable"
    OFFSETS_NOT_RISING = "offsets_not_rising"
    OFFSET_OUTSIDE_SEGMENT = "offset_outside_segment"
    LEADER_EPOCH_FALLS = "leader_epoch_falls"
    SEGMENT_TRUNCATED = "segment_truncated"
    SEGMENT_ENDS_IN_ZEROS = "segment_ends_in_zeros"
    INDEX_MALFORMED = "index_malformed"
    INDEX_ENTRY_WRONG = "index_entry_wrong"
    TIMEINDEX_MALFORMED = "timeindex_malformed"
    TIMEINDEX_ENTRY_WRONG = "timeindex_entry_wrong"
    TXNINDEX_MALFORMED = "txnindex_malformed"
    TXNINDEX_ENTRY_WRONG = "txnindex_entry_wrong"
    TXNINDEX_ENTRY_MISSING = "txnindex_entry_missing"
    SNAPSHOT_MALFORMED = "snapshot_malformed"
    SNAPSHOT_STATE_WRONG = "snapshot_state_wrong"
    LEADER_EPOCHS_MALFORMED = "leader_epochs_malformed"
    LEADER_EPOCHS_DISAGREE = "leader_epochs_disagree"
    PARTITION_METADATA_MALFORMED = "partition_metadata_malformed"
    SEGMENT_MISSING = "segment_missing"


class NoteKind(StrEnum):
    """What is worth knowing and no damage."""

    TORN_TAIL = "torn_tail"
    """the last batch is not whole: it is being written, or a crash cut it, which recovery repairs"""
    PREALLOCATED_TAIL = "preallocated_tail"
    OFFSETS_MISSING = "offsets_missing"
    """offsets without a batch: compaction, or the end of a segment was lost"""
    INDEX_MISSING = "index_missing"
    """the broker builds it again when it starts"""
    INDEX_ENTRY_LATE = "index_entry_late"
    """an entry names the end of a later batch, as brokers before 4.0 write on followers"""
    LEFTOVER_FILE = "leftover_file"
    OLD_FORMAT = "old_format"
    BEING_DELETED = "being_deleted"
    """the broker deletes the partition: it empties checkpoints first, and files go one by one"""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a kind of damage does to a broker and its clients, and what to do about it."""

    consequence: str
    remedy: str


_COPY_AGAIN = (
    "If another replica is in sync: stop this broker, move the partition's directory away, start the broker; it copies "
    "the partition again. Without another replica: save the directory, then restore from a backup"
)
_REBUILD = (
    "Stop the broker, delete the segment's .index, .timeindex and .txnindex, start it: "
    "it builds them again from the log"
)
_READS_STOP = (
    "consumers fail at this offset and followers stop copying; "
    "recovery after an unclean shutdown cuts the log here"
)
_WRONG_ORDER = "a fetch may return other records than the offset asked for, or none; followers refuse the batch"
_WRONG_LOOKUP = (
    "fetches begin at a wrong position: records are missed, or found only after a long scan"
)
_WRONG_TIME = (
    "a search by time, such as an offset reset, ends at a wrong offset; "
    "retention by time may keep or delete too much"
)
_WRONG_ABORTS = "read_committed consumers read records of aborted transactions, or miss records of committed ones"
_SNAPSHOT_REMEDY = (
    "Stop the broker, delete the .snapshot file, start it: "
    "it builds the state again from an older snapshot and the log"
)
_EPOCHS = "after a change of leader a follower may cut its log at a wrong offset, or keep records that it should cut"

EFFECTS: Mapping[ProblemKind, Effect] = {
    ProblemKind.BATCH_CHECKSUM_WRONG: Effect(_READS_STOP, _COPY_AGAIN),
    ProblemKind.BATCH_LENGTH_INVALID: Effect(_READS_STOP, _COPY_AGAIN),
    ProblemKind.BATCH_MAGIC_UNKNOWN: Effect(_READS_STOP, _COPY_AGAIN),
    ProblemKind.BATCH_COUNT_WRONG: Effect(
        "consumers fail at this batch: it does not hold as many records as its header says",
        _COPY_AGAIN,
    ),
    ProblemKind.BATCH_UNREADABLE: Effect(
        "consumers fail at this batch: its checksum is right, its records cannot be decoded",
        "Skip the batch with a consumer seek; find the producer by its id: it wrote the batch so",
    ),
    ProblemKind.OFFSETS_NOT_RISING: Effect(_WRONG_ORDER, _COPY_AGAIN),
    ProblemKind.OFFSET_OUTSIDE_SEGMENT: Effect(
        "the broker looks for these offsets in another segment and does not find them; a restart may fail",
        "Give the file the name of its first offset if it was renamed. " + _COPY_AGAIN,
    ),
    ProblemKind.LEADER_EPOCH_FALLS: Effect(_EPOCHS, _COPY_AGAIN),
    ProblemKind.SEGMENT_TRUNCATED: Effect(
        "the records after this position are lost on this replica; a fetch of them fails or skips to the next segment",
        _COPY_AGAIN,
    ),
    ProblemKind.SEGMENT_ENDS_IN_ZEROS: Effect(
        "a fetch of the segment's end fails with a corrupt-record error: writes were lost, as in a crash of the host",
        _COPY_AGAIN,
    ),
    ProblemKind.INDEX_MALFORMED: Effect(_WRONG_LOOKUP, _REBUILD),
    ProblemKind.INDEX_ENTRY_WRONG: Effect(_WRONG_LOOKUP, _REBUILD),
    ProblemKind.TIMEINDEX_MALFORMED: Effect(_WRONG_TIME, _REBUILD),
    ProblemKind.TIMEINDEX_ENTRY_WRONG: Effect(_WRONG_TIME, _REBUILD),
    ProblemKind.TXNINDEX_MALFORMED: Effect(_WRONG_ABORTS, _REBUILD),
    ProblemKind.TXNINDEX_ENTRY_WRONG: Effect(_WRONG_ABORTS, _REBUILD),
    ProblemKind.TXNINDEX_ENTRY_MISSING: Effect(_WRONG_ABORTS, _REBUILD),
    ProblemKind.SNAPSHOT_MALFORMED: Effect(
        "the broker ignores the file and reads more of the log when it starts", _SNAPSHOT_REMEDY
    ),
    ProblemKind.SNAPSHOT_STATE_WRONG: Effect(
        "after a restart, idempotent producers may be refused (OUT_OF_ORDER_SEQUENCE_NUMBER), or duplicates accepted",
        _SNAPSHOT_REMEDY,
    ),
    ProblemKind.LEADER_EPOCHS_MALFORMED: Effect(
        "the broker cannot load the partition: its log directory goes offline at the next start",
        _COPY_AGAIN,
    ),
    ProblemKind.LEADER_EPOCHS_DISAGREE: Effect(_EPOCHS, _COPY_AGAIN),
    ProblemKind.PARTITION_METADATA_MALFORMED: Effect(
        "the broker cannot load the partition: its log directory goes offline at the next start",
        "Stop the broker and copy the file from another replica of the partition: its content is the same",
    ),
    ProblemKind.SEGMENT_MISSING: Effect(
        "the records of the segment are lost on this replica; the broker deletes the files without a segment",
        _COPY_AGAIN,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProblem:
    """Damage, located: the file, the byte in it, and the offset in the partition, None where it has none."""

    file: str
    position: int | None
    offset: int | None
    kind: ProblemKind
    detail: str

    @property
    def effect(self) -> Effect:
        """Its consequence, and what to do."""
        return EFFECTS[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNote:
    """Something worth knowing that is no damage, located as a problem is."""

    file: str
    position: int | None
    offset: int | None
    kind: NoteKind
    detail: str


Found = LogProblem | LogNote
