"""Group totals from columns: the worst partition in seconds, the sum in records, and the trend."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from steward.analysis.lag.columns import BASES, FLAG_BITS, GroupPartitions, LagColumns
from steward.analysis.lag.offset_table import ABSENT, GroupCommits, Longs, OffsetTable
from steward.analysis.lag.status import OK_RATIO, LagObjective, lag_status
from steward.analysis.lag.trend import GroupRates, LogBounds, rates_between
from steward.model.lag import Basis, Flag, LagStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLagSummary:
    """One group at one poll; None is unknown.

    ``value`` is None while the worst partition's lag has no upper bound, unless data is lost. ``low`` is set if one
    partition or more is known. ``flags`` counts partitions; idle members are counted as members.

    Units: seconds, records.
    """

    group: str
    type: str
    state: str
    status: LagStatus
    records: int | None
    value: float | None
    low: float | None
    high: float | None
    basis: Basis | None
    lost: int
    unknown_partitions: int
    flags: Mapping[Flag, int]
    committed_sum: int | None
    end_sum: int | None


def summaries(
    columns: LagColumns,
    table: OffsetTable,
    objectives: Sequence[float],
    ok_ratio: float = OK_RATIO,
) -> tuple[GroupLagSummary, ...]:
    """Sum up every group of a poll, each with its objective in seconds."""
    return tuple(
        _summary(columns, table, number, LagObjective(seconds=objective, ok_ratio=ok_ratio))
        for number, objective in enumerate(objectives)
    )


def _summary(
    columns: LagColumns, table: OffsetTable, number: int, objective: LagObjective
) -> GroupLagSummary:
    group, part = columns.pairs.groups[number], columns.pairs.of(number)
    records, value = columns.records[part], columns.value[part]
    low, high = columns.low[part], columns.high[part]
    known = records != ABSENT
    lost = int(columns.lost[part].sum())
    flags = _flags(columns.flags[part], group)
    unknown = int(np.isnan(value).sum())
    worst = None if not len(value) or unknown == len(value) else int(np.nanargmax(value))
    least = _largest(low)
    best = None if worst is None else float(value[worst])
    if best is not None and unknown and (best == 0 or (least is not None and least > best)):
        best = None
    committed, ends = columns.pairs.committed[part], table.end[columns.pairs.rows[part]]
    return GroupLagSummary(
        group=group.group,
        type=group.type,
        state=group.state,
        status=lag_status(
            objective,
            value=best,
            low=least,
            is_lost=lost > 0,
            is_behind=int(records[known].sum()) > 0,
            is_partly_unknown=unknown > 0,
        ),
        records=int(records.sum()) if len(records) and known.all() else None,
        value=best,
        low=least,
        high=None if not len(high) or np.isnan(high).any() else float(high.max()),
        basis=None if worst is None else BASES[int(columns.basis[part][worst])],
        lost=lost,
        unknown_partitions=unknown,
        flags=flags,
        committed_sum=int(committed[known].sum()) if known.any() else None,
        end_sum=int(ends[known].sum()) if known.any() else None,
    )


def _largest(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.max()) if len(known) else None


def _flags(
    bits: np.ndarray[tuple[int], np.dtype[np.uint8]], group: GroupCommits
) -> Mapping[Flag, int]:
    found = {flag: int(np.count_nonzero(bits & bit)) for flag, bit in FLAG_BITS.items()}
    found[Flag.TOPIC_GONE] = len(group.foreign)
    found[Flag.NOT_SUBSCRIBED] = group.left_over
    found[Flag.IDLE_MEMBERS] = group.idle_members
    return {flag: count for flag, count in found.items() if count}


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierPoll:
    """An earlier poll, retained to compute rates; ``at`` is the collector's monotonic clock."""

    at: float
    topic_ids: tuple[str, ...]
    start: Longs
    end: Longs
    pairs: GroupPartitions
    places: Mapping[str, int]


def earlier_poll(table: OffsetTable, pairs: GroupPartitions) -> EarlierPoll:
    """Retain the parts of a poll that rates need."""
    places = {g.group: i for i, g in enumerate(pairs.groups)}
    return EarlierPoll(
        at=table.now, topic_ids=table.topic_ids, start=table.start, end=table.end, pairs=pairs,
        places=places,
    )  # fmt: skip


def group_rates(
    mark: EarlierPoll, table: OffsetTable, pairs: GroupPartitions
) -> Mapping[str, GroupRates]:
    """Return each group's rates since an earlier poll, without groups that now commit on other partitions."""
    seconds = table.now - mark.at
    if seconds <= 0 or mark.topic_ids != table.topic_ids:
        return {}
    found: dict[str, GroupRates] = {}
    for number, group in enumerate(pairs.groups):
        earlier = mark.places.get(group.group)
        if earlier is None or not len(group.partitions):
            continue
        then, now = mark.pairs.of(earlier), pairs.of(number)
        if np.array_equal(mark.pairs.rows[then], pairs.rows[now]):
            old, new = mark.pairs.committed[then], pairs.committed[now]
            rows = pairs.rows[now]
            found[group.group] = rates_between(
                LogBounds(mark.start[rows], mark.end[rows]),
                LogBounds(table.start[rows], table.end[rows]),
                old,
                new,
                seconds,
            )
    return found


def with_simple_consumers(
    groups: Iterable[GroupLagSummary], paces: Mapping[str, GroupRates]
) -> tuple[GroupLagSummary, ...]:
    """Flag groups that commit without members: consumers that assign their own partitions."""
    return tuple(
        replace(g, flags={**g.flags, Flag.SIMPLE_CONSUMER: 1})
        if g.state == "Empty" and (pace := paces.get(g.group)) and pace.consumed > 0
        else g
        for g in groups
    )
