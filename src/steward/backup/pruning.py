"""Retention of backups: whole lineages, and leftovers that no manifest lists. A chain is never shortened.

Every run of a lineage rests on those before it, so a lineage is deleted whole or not at all, and never the newest one
of a topic.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from steward.backup.lineages import LineageStore, Tip
from steward.backup.stores.port import ObjectStore
from steward.model.error import StewardError
from steward.records.backup.layout import (
    HEAD,
    Lineage,
    header_key,
    manifest_key,
    meta_key,
    place_of,
    run_of,
    signature_key,
)
from steward.records.backup.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Prunable:
    """Objects that may be deleted, in the order in which to delete them, and their bytes."""

    lineage: Lineage
    is_whole: bool
    ended_at: str
    keys: tuple[str, ...]
    bytes: int


def prunable(
    store: ObjectStore, lineages: Sequence[Lineage], before: str
) -> tuple[tuple[Prunable, ...], dict[Lineage, str]]:
    """Return what may go: lineages whose last run ended before a time (ISO 8601, UTC), and leftovers of the others.

    Shape: the second result holds the lineages that cannot be read, with the reason; nothing of them may go.
    """
    tips, unreadable = dict[Lineage, Tip](), dict[Lineage, str]()
    for lineage in lineages:
        try:
            tip = LineageStore(store, lineage).tip()
        except StewardError as fault:
            unreadable[lineage] = fault.summary
            continue
        if tip is not None:
            tips[lineage] = tip
    newest = _newest(tips)
    found: list[Prunable] = []
    for lineage, tip in sorted(tips.items()):
        folder = LineageStore(store, lineage)
        if tip.manifest.ended_at < before and lineage not in newest:
            found.append(_whole(folder, tip))
            continue
        try:
            left = _leftovers(folder, list(folder.history(tip)))
        except StewardError as fault:
            unreadable[lineage] = fault.summary
            continue
        if left.keys:
            found.append(left)
    return tuple(found), unreadable


def delete(store: ObjectStore, chosen: Prunable) -> None:
    """Delete; interrupted, it can be repeated: the objects go first, then HEAD and its manifest.

    Errors: ObjectStoreFault.
    """
    for key in chosen.keys:
        store.delete(key)


def _newest(tips: dict[Lineage, Tip]) -> set[Lineage]:
    """Return the lineage of each topic that a run extended last."""
    found: dict[tuple[str, str], Lineage] = {}
    for lineage, tip in tips.items():
        of = (lineage.cluster_id, lineage.topic)
        best = found.get(of)
        rank = (tip.manifest.ended_at, tip.manifest.began_at, lineage.fork)
        if best is None or rank > _rank(best, tips):
            found[of] = lineage
    return set(found.values())


def _rank(lineage: Lineage, tips: dict[Lineage, Tip]) -> tuple[str, str, int]:
    manifest = tips[lineage].manifest
    return manifest.ended_at, manifest.began_at, lineage.fork


def _whole(folder: LineageStore, tip: Tip) -> Prunable:
    last = (folder.key(HEAD), folder.key(manifest_key(tip.manifest.run)))
    objects = list(folder.store.list(folder.lineage.folder))
    first = [o.key for o in objects if o.key not in last]
    size = sum(o.size for o in objects)
    return Prunable(folder.lineage, True, tip.manifest.ended_at, (*first, *last), size)


def _leftovers(folder: LineageStore, runs: Sequence[Manifest]) -> Prunable:
    """Find objects below the end of the newest run that no manifest lists, and manifests outside the chain.

    What a run that is going on writes lies after that end, or bears a later name.
    """
    newest = runs[0]
    listed = {e.key for run in runs for p in run.partitions for e in p.objects}
    listed |= {header_key(key) for key in listed}
    for run in runs:
        listed |= {manifest_key(run.run), meta_key(run.run), signature_key(run.run)}
    ends = {p.partition: p.stored.next_offset for p in newest.partitions}
    cut = len(folder.lineage.folder) + 1
    found = [
        o
        for o in folder.store.list(folder.lineage.folder)
        if o.key[cut:] not in listed and _is_leftover(o.key[cut:], ends, newest.run)
    ]
    keys, size = tuple(o.key for o in found), sum(o.size for o in found)
    return Prunable(folder.lineage, False, newest.ended_at, keys, size)


def _is_leftover(name: str, ends: dict[int, int], newest: str) -> bool:
    place = place_of(name.removesuffix(".hdr") + ".log" if name.endswith(".hdr") else name)
    if place is not None:
        return place[1] < ends.get(place[0], 0)
    run = run_of(name) or run_of(manifest_key(name.partition("/")[2].partition(".")[0]))
    return run is not None and name.startswith(("runs/", "meta/")) and run < newest
