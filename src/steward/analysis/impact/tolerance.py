"""How many brokers or racks each topic can lose before its writes stop, and before acknowledged data is lost."""

from dataclasses import dataclass

import numpy as np

from steward.analysis.impact.layout import LEVELS, NONE, ColumnInts, Flags, PartitionColumns
from steward.model.impact import TopicTolerance
from steward.model.unknown import NotApplicable, Unknown, Why


def tolerances(layout: PartitionColumns) -> tuple[TopicTolerance, ...]:
    """Return every topic with what it tolerates, by name.

    The value of a topic is the minimum over its partitions, for the worst choice of brokers or racks.
    """
    isr = layout.in_isr.sum(axis=0, dtype=np.int32)
    by_rack, placed = _by_rack(layout, layout.in_isr)
    columns = _Columns(
        rf=(layout.replicas != NONE).sum(axis=0, dtype=np.int32),
        racks=_racks(layout),
        placed=placed,
        writes=np.where(layout.leader == NONE, 0, np.maximum(isr - layout.min_isr, 0)),
        data=np.maximum(isr - 1, 0),
        writes_racks=_survived(by_rack, isr - layout.min_isr),
        data_racks=_survived(by_rack, isr - 1),
    )
    order = np.argsort(layout.topic, kind="stable").astype(np.int32)
    bounds = np.searchsorted(layout.topic[order], np.arange(len(layout.topics) + 1))
    return tuple(
        _topic(layout, columns, topic, order[bounds[topic] : bounds[topic + 1]])
        for topic in range(len(layout.topics))
        if bounds[topic] < bounds[topic + 1]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    rf: ColumnInts
    racks: ColumnInts
    placed: Flags
    writes: ColumnInts
    data: ColumnInts
    writes_racks: ColumnInts
    data_racks: ColumnInts


def _topic(
    layout: PartitionColumns, columns: _Columns, topic: int, rows: ColumnInts
) -> TopicTolerance:
    name, first = layout.topics[topic], rows[0]
    min_isr, configured = int(layout.min_isr[rows].min()), int(layout.configured_min_isr[first])
    unseen = Unknown(Why.REFUSED, f"min.insync.replicas of topic {name} is unknown")
    rackless = NotApplicable("at least one of its replicas is on a broker without a rack")
    known, on_racks = min_isr != NONE, bool(columns.placed[rows].all())
    rf = int(columns.rf[rows].min())
    writes_racks = int(columns.writes_racks[rows].min()) if known else unseen
    return TopicTolerance(
        topic=name,
        criticality=LEVELS[int(layout.level[first])],
        partitions=len(rows),
        replication_factor=rf,
        min_insync_replicas=configured if known else unseen,
        racks=int(columns.racks[rows].min()) if on_racks else rackless,
        unclean_election=bool(layout.unclean[first]),
        writes_survive_brokers=int(columns.writes[rows].min()) if known else unseen,
        writes_designed_for=max(0, rf - min_isr) if known else unseen,
        writes_survive_racks=writes_racks if on_racks else rackless,
        data_survives_brokers=int(columns.data[rows].min()),
        data_guaranteed_for=max(0, min(min_isr, rf) - 1) if known else unseen,
        data_survives_racks=int(columns.data_racks[rows].min()) if on_racks else rackless,
    )


def _rack_of(layout: PartitionColumns) -> ColumnInts:
    return np.append(layout.rack, np.int32(NONE))[layout.replicas]


def _by_rack(layout: PartitionColumns, counted: Flags) -> tuple[ColumnInts, Flags]:
    """Count the in-sync replicas of each rack, at the slot of the rack's first, and return whether all have a rack."""
    rack = _rack_of(layout)
    counts = np.zeros(rack.shape, np.int32)
    for slot in range(len(rack)):
        same = (rack == rack[slot]) & counted
        first = counted[slot] & ~same[:slot].any(axis=0)
        counts[slot] = np.where(first, same.sum(axis=0), 0)
    there = layout.replicas != NONE
    return counts, ~(there & (rack == NONE)).any(axis=0)


def _racks(layout: PartitionColumns) -> ColumnInts:
    counts, _ = _by_rack(layout, layout.replicas != NONE)
    return (counts > 0).sum(axis=0, dtype=np.int32)


def _survived(by_rack: ColumnInts, spare: ColumnInts) -> ColumnInts:
    """Count how many racks may fail, the fullest first, before more than the spare replicas are lost."""
    if not len(by_rack):
        return np.zeros(len(spare), np.int32)
    gone = np.cumsum(np.sort(by_rack, axis=0)[::-1], axis=0)
    there = np.sort(by_rack, axis=0)[::-1] > 0
    return ((gone <= spare) & there).sum(axis=0, dtype=np.int32)
