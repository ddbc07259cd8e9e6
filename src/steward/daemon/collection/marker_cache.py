"""Partitions with only transaction markers after a commit: found by small fetches, cached."""

from collections.abc import Mapping, Sequence

import numpy as np

from steward.analysis.diagnosis.markers import MOST_MARKERS, markers_from
from steward.analysis.lag.columns import LagColumns
from steward.analysis.lag.offset_table import Longs, OffsetTable
from steward.cluster.ports import Observer, Scope
from steward.model.error import StewardError
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.unknown import Observed, Unknown

_URGENT = 0.25
"""Share of its objective from which a group's lag justifies a fetch."""
_MOST_PARTITIONS = 50
_BYTES = 4 * 1024

_Stretch = tuple[int, int]
"""Offsets from the first to the end."""


class MarkerCache:
    """Caches from which offset on partitions hold only markers, while their ends do not move."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._markers: dict[TopicPartition, _Stretch] = {}
        self._asked: dict[TopicPartition, _Stretch] = {}

    def refresh(self, table: OffsetTable, columns: LagColumns, objectives: Sequence[float]) -> None:
        """Fetch a few batch headers where few offsets have been unread for long; results are cached.

        At most 50 partitions of 4 KiB. A fetch that fails, or is not permitted, leaves the lag unchanged.
        """
        wanted = self._suspects(table, columns, objectives)
        if not wanted:
            return
        scope = Scope(
            topics=frozenset(p.topic for p in wanted),
            sample_at={p: begin for p, (begin, _) in wanted.items()},
            sample_bytes_per_partition=_BYTES,
            config_synonyms=False,
        )
        try:
            found = self._observer.observe(frozenset({Part.SAMPLES}), scope).samples
        except StewardError:
            return
        self._asked |= wanted
        if not isinstance(found, Observed):
            return
        for partition, sample in found.value.items():
            if isinstance(sample, Unknown) or partition not in wanted:
                continue
            end = wanted[partition][1]
            begin = markers_from(sample, end)
            if begin is not None:
                self._markers[partition] = begin, end

    def places(self, table: OffsetTable, columns: LagColumns) -> Longs:
        """Return the pairs of group and partition with only markers after the commit."""
        ends = {
            p: int(table.end[row]) for p in self._asked if (row := table.index.get(p)) is not None
        }
        self._asked = {p: s for p, s in self._asked.items() if ends.get(p) == s[1]}
        self._markers = {p: s for p, s in self._markers.items() if p in self._asked}
        if not self._markers:
            return np.empty(0, np.int64)
        begins = np.full(len(table.partitions), np.iinfo(np.int64).max, np.int64)
        for partition, (begin, _) in self._markers.items():
            begins[table.index[partition]] = begin
        rows = columns.pairs.rows[columns.unread]
        return columns.unread[columns.pairs.committed[columns.unread] >= begins[rows]]

    def _suspects(
        self, table: OffsetTable, columns: LagColumns, objectives: Sequence[float]
    ) -> Mapping[TopicPartition, _Stretch]:
        at = columns.unread
        allowed = np.repeat(np.asarray(objectives, np.float64), np.diff(columns.pairs.first))[at]
        few = columns.records[at] <= MOST_MARKERS
        late = np.nan_to_num(columns.low[at]) >= _URGENT * allowed
        found: dict[TopicPartition, _Stretch] = {}
        for place in at[few & late].tolist():
            row = int(columns.pairs.rows[place])
            partition, committed = table.partitions[row], int(columns.pairs.committed[place])
            end = int(table.end[row])
            known = self._asked.get(partition)
            if known is not None and known[1] == end and known[0] <= committed:
                continue
            begin = min(committed, found.get(partition, (committed, end))[0])
            found[partition] = begin, end
            if len(found) >= _MOST_PARTITIONS:
                break
        return found
