"""The batches visible to a read_committed consumer: no control batches, none of aborted transactions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from steward.records.batches import StoredBatch
from steward.records.record_heads import checked_heads

_ABORT = b"\x00\x00"


@dataclass(frozen=True, slots=True)
class Aborted:
    """An aborted transaction, as a Fetch of isolation level read_committed lists it."""

    producer_id: int
    first_offset: int


@dataclass(slots=True)
class Skipped:
    """What was skipped, in records as written."""

    control: int = 0
    aborted: int = 0


def committed_batches(
    batches: Iterable[StoredBatch], aborted: Sequence[Aborted], skipped: Skipped
) -> Iterator[StoredBatch]:
    """Yield the batches of one Fetch that applications read.

    A producer's transaction counts as aborted from its first offset up to the producer's abort marker.
    """
    coming = sorted(aborted, key=lambda a: a.first_offset, reverse=True)
    active = set[int]()
    for batch in batches:
        header = batch.header
        while coming and coming[-1].first_offset <= header.base_offset + header.last_offset_delta:
            active.add(coming.pop().producer_id)
        if header.is_control:
            skipped.control += header.record_count
            if header.producer_id in active and _is_abort(batch):
                active.discard(header.producer_id)
        elif header.is_transactional and header.producer_id in active:
            skipped.aborted += header.record_count
        else:
            yield batch


def _is_abort(batch: StoredBatch) -> bool:
    """Return whether a control batch aborts a transaction: the key is version and type, 0 for abort."""
    found = checked_heads(batch)
    keys = found if isinstance(found, tuple) else ()
    return any(r.key is not None and r.key[2:4] == _ABORT for r in keys)
