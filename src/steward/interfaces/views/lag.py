"""Layout of lag: worst first, a row per group, topic or partition."""

from collections.abc import Callable, Iterator
from typing import Any

from steward.commands.lag.lag import LagReport
from steward.interfaces.views.blocks import Block, Column, Prose, Table
from steward.interfaces.views.sparkline import sparkline, trend
from steward.model.lag import GroupLag, LagSeconds, PartitionLag
from steward.model.unknown import Unknown
from steward.model.wording import duration


def arrange_lag(report: LagReport, wide: bool) -> tuple[Block, ...]:
    """Lay out a lag report at the requested level, with a forecast from the second sample on; or lag over time."""
    if report.since is not None:
        from steward.interfaces.views.lag_history import arrange_history

        return arrange_history(report)
    table = _table(report, human=True)
    note = (
        f"objective {duration(report.objective_seconds)}. {report.requests} requests, "
        f"{report.timestamp_queries} timestamp queries."
    )
    return (table, Prose(note, "dim"))


def table_of_lag(report: LagReport, wide: bool) -> tuple[Block, ...]:
    """Lay out a lag report for CSV: lag and its bounds in seconds."""
    return arrange_lag(report, wide) if report.since is not None else (_table(report, human=False),)


def _table(report: LagReport, *, human: bool) -> Table:
    rows, columns = _BY[report.by](report, _duration if human else _number)
    return Table("", columns, tuple(rows), "no group has committed offsets")


Written = Callable[[float], str]
"""Writes seconds."""


def _number(seconds: float) -> str:
    return f"{seconds:.1f}"


def _duration(seconds: float) -> str:
    return duration(round(seconds, 1))


def _seconds(lag: LagSeconds | Unknown, written: Written) -> tuple[object, object]:
    """Return the estimate, and its bounds: ``1m 54s - 1m 55s``, or ``114.4 - 114.9`` for CSV."""
    if isinstance(lag, Unknown):
        return lag, "-"
    if lag.value == 0 and lag.high == 0:
        return 0.0, "-"
    high = "?" if lag.high is None else written(lag.high)
    return round(lag.value, 1), f"{written(lag.low)} - {high}"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    return "now" if seconds < 1 else duration(round(seconds))


def _groups(
    report: Any, written: Written
) -> tuple[Iterator[tuple[object, ...]], tuple[Column, ...]]:
    heads = ("GROUP", "TYPE", "STATE", "LAG-RECORDS", "LAG-SECONDS", "BOUNDS", "STATUS", "FLAGS")
    forecast = {f.group: f for f in report.forecasts}
    recent = {r.group: r.lag_records for r in report.recent}
    watched = ("TREND", "LAST-POLLS") if recent else ()
    extra = ("ARRIVES/S", "CONSUMED/S", "CAUGHT-UP-IN") if forecast or recent else ()

    def rows() -> Iterator[tuple[object, ...]]:
        for g in report.groups:
            seconds, bounds = _seconds(g.lag_seconds, written)
            row = (g.group, g.type, g.state, g.lag_records, seconds, bounds, g.status, g.flags)
            polls = recent.get(g.group, ())
            row += (trend(polls), sparkline(polls)) if recent else ()
            yield row + (_forecast(forecast.get(g.group)) if extra else ())

    return rows(), _columns(heads + watched + extra)


def _forecast(found: Any) -> tuple[object, ...]:
    if found is None:
        return ("-", "-", "-")
    return (found.arrivals_per_second, found.consumed_per_second, _time(found.catch_up_seconds))


def _partitions(
    report: Any, written: Written
) -> tuple[Iterator[tuple[object, ...]], tuple[Column, ...]]:
    heads = (
        "GROUP", "TOPIC", "PARTITION", "COMMITTED", "END", "LAG-RECORDS", "LAG-SECONDS", "BOUNDS", "FLAGS",
    )  # fmt: skip

    def rows() -> Iterator[tuple[object, ...]]:
        for g in report.groups:
            for p in g.partitions:
                seconds, bounds = _seconds(p.lag_seconds, written)
                yield (
                    g.group, p.topic, p.partition, p.committed_offset, p.end_offset, p.lag_records,
                    seconds, bounds, p.flags,
                )  # fmt: skip

    return rows(), _columns(heads)


def _topics(
    report: Any, written: Written
) -> tuple[Iterator[tuple[object, ...]], tuple[Column, ...]]:
    heads = ("GROUP", "TOPIC", "PARTITIONS", "LAG-RECORDS", "LAG-SECONDS", "BOUNDS", "FLAGS")

    def rows() -> Iterator[tuple[object, ...]]:
        for g in report.groups:
            for topic in sorted({p.topic for p in g.partitions}):
                yield _topic_row(g, topic, written)

    return rows(), _columns(heads)


def _topic_row(group: GroupLag, topic: str, written: Written) -> tuple[object, ...]:
    own = [p for p in group.partitions if p.topic == topic]
    worst = max(own, key=_value)
    seconds, bounds = _seconds(worst.lag_seconds, written)
    known = [p.lag_records for p in own if isinstance(p.lag_records, int)]
    flags = tuple(sorted({f for p in own for f in p.flags}))
    records = sum(known) if len(known) == len(own) else worst.lag_records
    return (group.group, topic, len(own), records, seconds, bounds, flags)


def _value(partition: PartitionLag) -> float:
    seconds = partition.lag_seconds
    return seconds.value if isinstance(seconds, LagSeconds) else -1.0


def _columns(heads: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(Column(head.lower().replace("-", "_"), head) for head in heads)


_BY = {"group": _groups, "topic": _topics, "partition": _partitions}


ARRANGEMENTS = {LagReport: arrange_lag}
TABLES = {LagReport: table_of_lag}
"""Layouts by result type."""
