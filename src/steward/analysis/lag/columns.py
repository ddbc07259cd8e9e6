"""Lag of all groups at once, as columns: unread records, their age, and flags.

The same as `measure` for millions of (group, partition) pairs, one row each, without objects; both follow `unread`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.analysis.lag.assess import TopicTraits
from steward.analysis.lag.offset_history import OffsetHistory
from steward.analysis.lag.offset_table import (
    ABSENT,
    Doubles,
    GroupCommits,
    Indexes,
    Longs,
    OffsetTable,
)
from steward.analysis.lag.timestamp_cache import TimestampCache
from steward.analysis.lag.unread import first_unread, lag_records, lost_records
from steward.model.instant import CLOCK_TOLERANCE_MS
from steward.model.lag import Basis, Flag
from steward.model.unknown import Why

Bits = NDArray[np.uint8]
RowMask = NDArray[np.bool_]

FLAG_BITS: Mapping[Flag, int] = {
    Flag.DATA_LOSS: 1,
    Flag.RECREATED: 2,
    Flag.OPEN_TRANSACTION: 4,
    Flag.COMPACTED: 8,
    Flag.CLOCK_SKEW: 16,
    Flag.NON_MONOTONE: 32,
    Flag.LEADER_CHANGE: 64,
    Flag.MARKER_ONLY: 128,
}
"""The flags that a poll can set, each with its bit in the flags column."""

BASES = (None, Basis.APPEND, Basis.CREATE_TIME, Basis.LOG_APPEND_TIME)
"""The basis of an age, by its number in the basis column; 0 if nothing is unread or nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPartitions:
    """All (group, partition) pairs of a table: group ``i`` has the rows ``first[i]`` to ``first[i + 1]``."""

    groups: tuple[GroupCommits, ...]
    first: Longs
    rows: Indexes
    committed: Longs

    def of(self, group: int) -> slice:
        """Return the rows of a group."""
        return slice(int(self.first[group]), int(self.first[group + 1]))


def pairs_of(table: OffsetTable) -> GroupPartitions:
    """Arrange the commits of all groups as pairs."""
    sizes = [len(g.partitions) for g in table.groups]
    first = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=first[1:])
    rows = [g.partitions for g in table.groups] or [np.empty(0, np.int32)]
    committed = [g.committed for g in table.groups] or [np.empty(0, np.int64)]
    return GroupPartitions(
        groups=table.groups,
        first=first,
        rows=np.concatenate(rows),
        committed=np.concatenate(committed),
    )


@dataclass(frozen=True, slots=True)
class RowTraits:
    """Per row of a table: whether brokers set its timestamps, and whether it is compacted."""

    appended: RowMask
    compacted: RowMask

    @classmethod
    def of(cls, table: OffsetTable, traits: Mapping[str, TopicTraits]) -> "RowTraits":
        """Expand topics' traits to their partitions."""
        appended = {t for t, what in traits.items() if what.basis is Basis.LOG_APPEND_TIME}
        compacted = {t for t, what in traits.items() if what.compacted}
        size = len(table.partitions)
        return cls(
            np.fromiter((p.topic in appended for p in table.partitions), np.bool_, size),
            np.fromiter((p.topic in compacted for p in table.partitions), np.bool_, size),
        )


@dataclass(slots=True, kw_only=True)
class LagColumns:
    """The lag of every pair.

    Shape: one row per pair.
    Units: seconds, records.

    ``records`` is ABSENT if unknown. ``low``, ``high`` and ``value`` are NaN if unknown; after data loss ``high`` stays
    NaN and ``value`` is the lower bound. ``unread`` are the pairs with an age; ``oldest`` is their first unread offset.
    """

    pairs: GroupPartitions
    records: Longs
    lost: Longs
    low: Doubles
    high: Doubles
    value: Doubles
    flags: Bits
    basis: Bits
    unread: Longs
    oldest: Longs
    now_ms: float
    """wall-clock time of the poll"""
    cached: Longs
    """of the unread pairs: index in the timestamp cache, -1 if not cached"""


def measure(
    table: OffsetTable, pairs: GroupPartitions, history: OffsetHistory, traits: RowTraits
) -> LagColumns:
    """Measure all pairs from offsets and the offset history alone."""
    rows, committed = pairs.rows, pairs.committed
    end, start = table.end[rows], table.start[rows]
    known = end != ABSENT
    beyond = known & (committed > end)
    lost = lost_records(committed, start)  # 0 for an ABSENT start: it is below every commit
    records = np.where(known, lag_records(committed, end), ABSENT)
    valid = known & ~beyond
    unread = np.flatnonzero(valid & (records > 0))
    seconds = np.where(valid, 0.0, np.nan)
    columns = LagColumns(
        pairs=pairs,
        records=records,
        lost=lost,
        low=seconds,
        high=seconds.copy(),
        value=seconds.copy(),
        flags=_flags(table, pairs, lost > 0, beyond, traits, records),
        basis=np.zeros(len(rows), np.uint8),
        unread=unread,
        oldest=first_unread(committed[unread], start[unread]),
        now_ms=(table.now + table.clock_offset) * 1000,
        cached=np.full(len(unread), -1, np.int64),
    )
    ages = history.ages(table, rows[unread], columns.oldest)
    certain = ~np.isnan(ages.high)
    columns.low[unread] = ages.low
    columns.high[unread] = ages.high
    columns.value[unread] = np.where(certain, ages.value, np.nan)
    columns.basis[unread] = np.where(np.isnan(ages.low), 0, BASES.index(Basis.APPEND))
    _only_a_lower_bound(columns)
    return columns


def _flags(
    table: OffsetTable,
    pairs: GroupPartitions,
    lost: RowMask,
    beyond: RowMask,
    traits: RowTraits,
    records: Longs,
) -> Bits:
    rows = pairs.rows
    elected = np.zeros(len(table.partitions), np.bool_)
    elected[[row for row, why in table.unknown.items() if why.why is Why.LEADER_CHANGE]] = True
    is_open = (table.stable != ABSENT) & (table.end != ABSENT) & (table.stable < table.end)
    return (
        lost * np.uint8(FLAG_BITS[Flag.DATA_LOSS])
        | beyond * np.uint8(FLAG_BITS[Flag.RECREATED])
        | is_open[rows] * np.uint8(FLAG_BITS[Flag.OPEN_TRANSACTION])
        | elected[rows] * np.uint8(FLAG_BITS[Flag.LEADER_CHANGE])
        | (traits.compacted[rows] & (records > 0)) * np.uint8(FLAG_BITS[Flag.COMPACTED])
    ).astype(np.uint8)


def _only_a_lower_bound(columns: LagColumns) -> None:
    """After data loss, the age of the oldest remaining record is a lower bound."""
    lost = columns.unread[columns.lost[columns.unread] > 0]
    columns.high[lost] = np.nan
    columns.value[lost] = np.where(columns.low[lost] > 0, columns.low[lost], np.nan)


def apply_record_times(columns: LagColumns, cache: TimestampCache, traits: RowTraits) -> None:
    """Replace ages of the offset history by records' own timestamps; estimates only where it has no upper bound.

    As `age.age_of_search` for a single position. A timestamp in the future gives no age: the history's is kept.
    """
    columns.cached = cache.find(columns.pairs.rows[columns.unread], columns.oldest)
    which = np.flatnonzero(columns.cached >= 0)
    places, at = columns.cached[which], columns.unread[which]
    appended = traits.appended[columns.pairs.rows[at]]
    low = np.maximum((columns.now_ms - cache.high[places]) / 1000, 0.0)
    high = np.maximum((columns.now_ms - cache.low[places]) / 1000, 0.0)
    ahead = cache.high[places] > columns.now_ms + CLOCK_TOLERANCE_MS
    in_order = ~cache.disputed[places]
    proved = (
        (cache.exact[places] | (appended & in_order)) & ~np.isnan(low) & ~np.isnan(high) & ~ahead
    )
    _set_ages(columns, at[proved], low[proved], high[proved], (low + high)[proved] / 2)
    guessed = ~proved & ~cache.exact[places] & ~np.isnan(low) & np.isnan(columns.high[at])
    value = np.where(in_order & ~np.isnan(high), (low + high) / 2, low)
    value[(value == 0) | ahead] = np.nan
    unbounded: Doubles = np.full(len(at), np.nan)
    _set_ages(columns, at[guessed], low[guessed], unbounded[guessed], value[guessed])
    known = proved | guessed
    columns.basis[at[known]] = np.where(
        appended[known], BASES.index(Basis.LOG_APPEND_TIME), BASES.index(Basis.CREATE_TIME)
    )
    skewed = (cache.high[places] > columns.now_ms) * np.uint8(FLAG_BITS[Flag.CLOCK_SKEW])
    columns.flags[at] |= skewed.astype(np.uint8)
    odd = cache.disputed[places] * np.uint8(FLAG_BITS[Flag.NON_MONOTONE])
    columns.flags[at] |= odd.astype(np.uint8)
    _only_a_lower_bound(columns)


def _set_ages(columns: LagColumns, at: Longs, low: Doubles, high: Doubles, value: Doubles) -> None:
    columns.low[at], columns.high[at], columns.value[at] = low, high, value


def apply_markers(columns: LagColumns, places: Longs) -> None:
    """Remove pairs from the lag that have only transaction markers left, which consumers never read."""
    columns.low[places] = columns.high[places] = columns.value[places] = 0.0
    columns.basis[places] = 0
    columns.flags[places] |= np.uint8(FLAG_BITS[Flag.MARKER_ONLY])


def search_priority(
    columns: LagColumns, cache: TimestampCache, objectives: Sequence[float]
) -> Doubles:
    """Return each unread pair's priority for a search; 0 if a search cannot add anything.

    ``objectives`` are the groups', in seconds. 3 or more if an alert may depend on it (by the offset history alone the
    objective is nearly used up); 2 if no upper bound is known; 1 if the bounds are wide. Within each, larger lag ranks
    higher.
    """
    at = columns.unread
    low, high = columns.low[at], columns.high[at]
    missing = np.isnan(high)
    width = np.where(missing, 0.0, high - low)
    weight = np.where(width > np.maximum(1.0, 0.02 * low), 1.0, 0.0)
    sizes = np.diff(columns.pairs.first)
    objective = np.repeat(np.asarray(objectives, np.float64), sizes)[at]
    append = columns.basis[at] == BASES.index(Basis.APPEND)
    weight[append & (np.nan_to_num(high) >= 0.8 * objective)] = 3.0
    weight[missing] = 2.0
    weight[_is_searched(columns, cache)] = 0.0
    records = columns.records[at].astype(np.float64)
    return weight + (weight > 0) * records / (records + 1e6)


def _is_searched(columns: LagColumns, cache: TimestampCache) -> RowMask:
    """Return which unread pairs have a finished search."""
    sure = np.zeros(len(columns.unread), np.bool_)
    which = np.flatnonzero(columns.cached >= 0)
    sure[which] = cache.final[columns.cached[which]]
    return sure
