"""Objects that an interrupted run left: read back, checked, and used again instead of copied again."""

from contextlib import suppress
from copy import deepcopy

from steward.backup.capture.partition_capture import PartitionCapture
from steward.backup.lineages import LineageStore
from steward.backup.stores.port import ObjectMissing
from steward.records.backup.batch_facts import BatchFacts
from steward.records.backup.header_index import HeaderIndex, read_header_index
from steward.records.backup.layout import header_key, place_of
from steward.records.backup.manifest import ObjectEntry
from steward.records.backup.object_scan import ObjectScan


def adopt_objects(lineage: LineageStore, capture: PartitionCapture) -> None:
    """Give a partition the whole objects that follow its last complete run.

    The first that is damaged, and all after it, are deleted: they are copied again under the same names.
    Errors: ObjectStoreFault.
    """
    logs = [o.key for o in lineage.logs(capture.partition)]
    waiting = [key for key in logs if _base(key) >= capture.next_offset]
    for number, key in enumerate(waiting):
        found = _checked(lineage, key, capture.facts)
        if found is None:
            for useless in waiting[number:]:
                lineage.store.delete(lineage.key(useless))
                lineage.store.delete(lineage.key(header_key(useless)))
            return
        entry, facts, last_epoch = found
        if (
            capture.records is not None
        ):  # hashes cannot be undone: decoded once the object is known to be whole
            facts = _decoded(lineage, key, capture)
        capture.adopt(entry, facts, last_epoch)


def _decoded(lineage: LineageStore, key: str, capture: PartitionCapture) -> BatchFacts:
    """Count an object's batches with their records; return the facts with them."""
    index = read_header_index(lineage.store.get(lineage.key(header_key(key))).content)
    scan = ObjectScan(lineage.key(key), capture.facts, capture.records)
    if index is not None:
        scan.expect(index.aborted, index.retention)
    for data in lineage.store.stream(lineage.key(key)):
        scan.feed(data)
    return capture.facts


def _base(key: str) -> int:
    place = place_of(key)
    return place[1] if place else -1


def _checked(
    lineage: LineageStore, key: str, before: BatchFacts
) -> tuple[ObjectEntry, BatchFacts, int] | None:
    """Read an object back; return its entry, the facts with it, and its last leader epoch. None: it is damaged."""
    index: HeaderIndex | None = None
    with suppress(ObjectMissing):
        index = read_header_index(lineage.store.get(lineage.key(header_key(key))).content)
    if index is None:
        return None
    facts = deepcopy(before)
    scan = ObjectScan(lineage.key(key), facts)
    scan.expect(index.aborted, index.retention)
    for data in lineage.store.stream(lineage.key(key)):
        if scan.feed(data).problems or scan.has_damaged_length:
            return None
    if scan.end() or scan.base != _base(key) or scan.rows.tobytes() != index.rows.tobytes():
        return None
    entry, _ = scan.finish(key)
    return entry, facts, int(scan.rows["leader_epoch"][-1])
