"""Clients affected by a loss: consumer groups by commits and assignments, producers by what they wrote."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from steward.analysis.impact.layout import ColumnInts, Flags, PartitionColumns
from steward.analysis.impact.leader_failover import FailoverResult
from steward.model.group import Group
from steward.model.impact import Coordinator, TouchedGroup, TouchedProducer
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import NotApplicable, Observed, Unknown

_OFFSETS_TOPIC = "__consumer_offsets"


@dataclass(frozen=True, slots=True)
class Incidence:
    """Which client uses which partition: pairs of an index into ``names`` and a column of the layout."""

    names: tuple[str, ...]
    who: ColumnInts
    rows: ColumnInts

    def count(self, chosen: Flags) -> ColumnInts:
        """Count each client's partitions among the chosen ones."""
        return np.bincount(self.who[chosen[self.rows]], minlength=len(self.names)).astype(np.int32)


class Clients:
    """The groups and producers of a snapshot, related to the columns of its layout."""

    def __init__(self, layout: PartitionColumns, snapshot: ClusterSnapshot) -> None:
        at = {layout.name_of(row): row for row in range(layout.partitions)}
        self._groups = _groups(snapshot, at)
        self._producers = _producers(snapshot, at)
        self._offsets_rows = np.array(
            [_offsets_row(g, at) for g in self._groups.names]
            if isinstance(self._groups, Incidence)
            else [],
            np.int32,
        )

    def groups(self, then: FailoverResult) -> tuple[TouchedGroup, ...] | Unknown:
        """Return the affected groups, the worst affected first."""
        found = self._groups
        if isinstance(found, Unknown):
            return found
        offline, below, moved = (found.count(f) for f in (then.offline, then.below, then.moved))
        commits = [_coordinator(row, then) for row in self._offsets_rows.tolist()]
        touched = (
            TouchedGroup(
                group=name,
                partitions_offline=int(offline[at]),
                partitions_below_min_isr=int(below[at]),
                leaders_moved=int(moved[at]),
                coordinator=commits[at],
            )
            for at, name in enumerate(found.names)
            if offline[at] or below[at] or moved[at] or commits[at] in _TROUBLED
        )
        return tuple(sorted(touched, key=_worst_group))

    def producers(
        self, then: FailoverResult
    ) -> tuple[TouchedProducer, ...] | Unknown | NotApplicable:
        """Return the affected producers, the worst affected first."""
        found = self._producers
        if not isinstance(found, Incidence):
            return found
        offline, below, moved = (found.count(f) for f in (then.offline, then.below, then.moved))
        touched = (
            TouchedProducer(
                producer_id=int(name),
                partitions_offline=int(offline[at]),
                partitions_below_min_isr=int(below[at]),
                leaders_moved=int(moved[at]),
            )
            for at, name in enumerate(found.names)
            if offline[at] or below[at] or moved[at]
        )
        return tuple(
            sorted(
                touched,
                key=lambda p: (-p.partitions_offline, -p.partitions_below_min_isr, p.producer_id),
            )
        )


_TROUBLED = frozenset({Coordinator.MOVES, Coordinator.BELOW_MIN_ISR, Coordinator.OFFLINE})
_ORDER = (Coordinator.OFFLINE, Coordinator.BELOW_MIN_ISR, Coordinator.MOVES, Coordinator.STAYS)


def _worst_group(group: TouchedGroup) -> tuple[int, int, int, str]:
    place = _ORDER.index(group.coordinator) if group.coordinator in _ORDER else len(_ORDER)
    return -group.partitions_offline, -group.partitions_below_min_isr, place, group.group


def _coordinator(row: int, then: FailoverResult) -> Coordinator | NotApplicable:
    if row < 0:
        return NotApplicable(f"{_OFFSETS_TOPIC} is not visible")
    if then.offline[row]:
        return Coordinator.OFFLINE
    if then.below[row]:
        return Coordinator.BELOW_MIN_ISR
    return Coordinator.MOVES if then.moved[row] else Coordinator.STAYS


def _offsets_row(group: str, at: Mapping[TopicPartition, int]) -> int:
    """Return the partition that holds a group's offsets (GroupCoordinatorService.partitionFor)."""
    partitions = 0
    while TopicPartition(_OFFSETS_TOPIC, partitions) in at:
        partitions += 1
    if not partitions:
        return -1
    return at[TopicPartition(_OFFSETS_TOPIC, positive_hash(group) % partitions)]


def positive_hash(text: str) -> int:
    """Return Java's String.hashCode without its sign, as Kafka's Utils.abs does: the minimum becomes 0."""
    value = 0
    units = text.encode("utf-16-be")
    for at in range(0, len(units), 2):
        value = (31 * value + (units[at] << 8 | units[at + 1])) & 0xFFFFFFFF
    signed = value - (1 << 32) if value >> 31 else value
    return 0 if signed == -(1 << 31) else abs(signed)


def _groups(snapshot: ClusterSnapshot, at: Mapping[TopicPartition, int]) -> Incidence | Unknown:
    """Join the groups' commits with their members' assignments.

    Unknown if neither is known; a group with only one of them counts by that.
    """
    described, committed = snapshot.groups, snapshot.group_offsets
    if isinstance(described, Unknown) and isinstance(committed, Unknown):
        return described
    touched: dict[str, set[int]] = {}
    if isinstance(described, Observed):
        for group in described.value:
            mine = touched.setdefault(group.id, set())
            mine.update(at[p] for p in _assigned(group) if p in at)
    if isinstance(committed, Observed):
        for name, offsets in committed.value.items():
            if not isinstance(offsets, Unknown):
                known = (at[p] for p in offsets.committed if p in at)
                touched.setdefault(name, set()).update(known)
    return _incidence(touched)


def _assigned(group: Group) -> Iterable[TopicPartition]:
    if not isinstance(group.detail, Unknown):
        for member in group.detail.members:
            yield from member.assignment


def _producers(
    snapshot: ClusterSnapshot, at: Mapping[TopicPartition, int]
) -> Incidence | Unknown | NotApplicable:
    part = snapshot.producers
    if not isinstance(part, Observed):
        return part
    touched: dict[str, set[int]] = {}
    for partition, states in part.value.items():
        if isinstance(states, Unknown) or partition not in at:
            continue
        for state in states:
            touched.setdefault(str(state.producer_id), set()).add(at[partition])
    return _incidence(touched)


def _incidence(touched: Mapping[str, set[int]]) -> Incidence:
    names = tuple(sorted(touched))
    who = [n for n, name in enumerate(names) for _ in touched[name]]
    rows = [row for name in names for row in sorted(touched[name])]
    return Incidence(names, np.array(who, np.int32), np.array(rows, np.int32))
