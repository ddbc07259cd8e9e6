"""Layout of lag over time: a row per group, the worst first, with a bar chart in one line."""

from collections.abc import Iterable
from typing import Any

from steward.interfaces.views.blocks import Block, Column, Prose, Table
from steward.interfaces.views.cells import duration
from steward.interfaces.views.sparkline import BARS

WIDTH = 32
"""Number of bars: each shows the worst of its interval."""
_HEADS = (
    "GROUP", "WORST", "LATEST", "OVER-OBJECTIVE", "REBALANCES", "JOINED", "LEFT", "LOST-RECORDS", "COURSE",
)  # fmt: skip


def arrange_history(report: Any) -> tuple[Block, ...]:
    """Lay out groups over time."""
    columns = tuple(Column(head.lower().replace("-", "_"), head) for head in _HEADS)
    begin, end = report.since.ms, _end(report)
    rows = tuple(_row(group, begin, end, report.objective_seconds) for group in report.history)
    table = Table("", columns, rows, "no samples in this period")
    note = (
        f"since {report.since}; a full bar is twice the objective of {duration(report.objective_seconds)} or more, "
        "? an interval with unknown lag, · an interval without samples."
    )
    return (table, Prose(note, "dim")) if rows else (table,)


def _end(report: Any) -> int:
    return max(
        (p.at.ms + p.span_seconds * 1000 for g in report.history for p in g.points), default=0
    )


def _row(group: Any, begin: int, end: int, objective: float) -> tuple[object, ...]:
    ratio = group.over_objective_ratio
    return (
        group.group,
        _seconds(group.worst_seconds),
        _seconds(group.latest_seconds),
        "unknown" if ratio is None else f"{ratio:.1%}",
        group.rebalances,
        group.joined,
        group.left,
        group.lost_records,
        lag_bars(group.points, begin, end, objective),
    )


def _seconds(value: float | None) -> str:
    return "unknown" if value is None else duration(round(value, 1))


def lag_bars(points: Iterable[Any], begin: int, end: int, objective: float) -> str:
    """Draw lag over time; each bar shows the worst of its interval."""
    parts: list[float | None] = [None] * WIDTH
    unknown: set[int] = set()
    for point in points:
        first = _part(point.at.ms, begin, end)
        last = _part(point.at.ms + max(0, point.span_seconds * 1000 - 1), begin, end)
        for part in range(first, last + 1):
            if point.lag_seconds is None:
                unknown.add(part)
            else:
                parts[part] = max(parts[part] or 0.0, point.lag_seconds.value)
    return "".join(
        ("?" if number in unknown else "·") if value is None else _bar(value, objective)
        for number, value in enumerate(parts)
    )


def _part(at: int, begin: int, end: int) -> int:
    share = (at - begin) / max(1, end - begin)
    return min(WIDTH - 1, max(0, int(share * WIDTH)))


def _bar(seconds: float, objective: float) -> str:
    share = seconds / (2 * objective) if objective > 0 else float(seconds > 0)
    return BARS[min(len(BARS) - 1, max(0, int(share * len(BARS))))]
