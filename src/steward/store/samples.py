"""A point of history as a row, a row as a span, and merging of rows in SQL: the worst of each figure remains."""

from collections.abc import Mapping
from math import ceil, floor
from typing import Any

from sqlalchemy import ColumnElement, case, func

from steward.model.history import WORST_LAST, GroupPoint, HistorySpan
from steward.model.lag import Basis
from steward.store.tables import SAMPLES

STATES = (
    "Stable", "Empty", "Assigning", "Reconciling", "PreparingRebalance", "CompletingRebalance",
    "NotReady", "Unknown", "Dead",
)  # fmt: skip
"""States from quiet to gone, by their number in a row."""
BASES: tuple[Basis | None, ...] = (None, *Basis)

_WORST = ("worst_ms", "low_ms", "high_ms", "lag_records", "lost_records", "status", "state",
          "members", "unknown_partitions", "committed_sum", "end_sum")  # fmt: skip
_COUNTS = ("samples", "unknown_samples", "open_samples")


def row_of(point: GroupPoint, series_id: int, at_s: int) -> dict[str, Any]:
    """Return the row of a single sample. Bounds are rounded outwards to the millisecond, so that they stay valid."""
    seconds = point.lag_seconds
    return {
        "series_id": series_id,
        "step_s": 0,
        "at_s": at_s,
        "basis": BASES.index(point.basis),
        "samples": 1,
        "unknown_samples": int(seconds is None),
        "open_samples": int(seconds is not None and point.high is None),
        "best_ms": None if seconds is None else round(seconds * 1000),
        "worst_ms": None if seconds is None else round(seconds * 1000),
        "low_ms": None if point.low is None else floor(point.low * 1000),
        "high_ms": None if point.high is None else ceil(point.high * 1000),
        "lag_records": point.lag_records,
        "lost_records": point.lost_records,
        "status": WORST_LAST.index(point.status),
        "state": STATES.index(point.state if point.state in STATES else "Unknown"),
        "members": point.members,
        "unknown_partitions": point.unknown_partitions,
        "committed_sum": point.committed_sum,
        "end_sum": point.end_sum,
    }


def span_of(row: Mapping[Any, Any], group: str) -> HistorySpan:
    """Return a row, with the topic of its series, as a span."""
    worst = GroupPoint(
        group=group,
        topic=row["topic"] or None,
        state=STATES[int(row["state"])],
        lag_records=row["lag_records"],
        lag_seconds=_seconds(row["worst_ms"]),
        low=_seconds(row["low_ms"]),
        high=None if row["open_samples"] else _seconds(row["high_ms"]),
        basis=BASES[int(row["basis"])],
        status=WORST_LAST[int(row["status"])],
        members=row["members"],
        unknown_partitions=row["unknown_partitions"],
        lost_records=row["lost_records"],
        committed_sum=row["committed_sum"],
        end_sum=row["end_sum"],
    )
    return HistorySpan(
        at_ms=row["at_s"] * 1000,
        seconds=row["step_s"],
        samples=row["samples"],
        unknown_samples=row["unknown_samples"],
        best_seconds=_seconds(row["best_ms"]),
        worst=worst,
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def merged_columns() -> dict[str, ColumnElement[Any]]:
    """Return, for each figure, the aggregate that merges many rows into one."""
    columns = SAMPLES.c
    return {
        **{name: func.sum(columns[name]) for name in _COUNTS},
        "best_ms": func.min(columns.best_ms),
        **{name: func.max(columns[name]) for name in _WORST},
    }


def merged_into(new: Any) -> dict[str, ColumnElement[Any]]:
    """Return, for each figure, the value when a new row (``excluded``) meets an existing one of the same span."""
    old = SAMPLES.c
    return {
        **{name: old[name] + new[name] for name in _COUNTS},
        "best_ms": _extreme(old.best_ms, new.best_ms, old.best_ms <= new.best_ms),
        **{name: _extreme(old[name], new[name], old[name] >= new[name]) for name in _WORST},
    }


def _extreme(a: ColumnElement[Any], b: ColumnElement[Any], keep_a: ColumnElement[bool]) -> Any:
    """Choose one of two; a missing one never wins."""
    return case((a.is_(None), b), (b.is_(None), a), (keep_a, a), else_=b)
