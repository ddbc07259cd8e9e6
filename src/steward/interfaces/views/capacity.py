"""Layout of forecasts: a row per resource of a broker, the soonest to run out first."""

from typing import Any

from steward.commands.broker.capacity_forecast import CapacityForecast
from steward.interfaces.views.blocks import Block, Column, Prose, Table
from steward.model.unknown import NotApplicable, Unknown
from steward.model.wording import rate, size

_HEADS = (
    ("broker", "BROKER"), ("resource", "RESOURCE"), ("current", "NOW"), ("limit", "LIMIT"),
    ("growth_per_day", "PER-DAY"), ("runs_out_at", "RUNS-OUT"), ("earliest", "EARLIEST"),
    ("latest", "LATEST"), ("samples", "SAMPLES"), ("span_seconds", "SEEN-FOR"),
)  # fmt: skip
_FIGURES = frozenset({"current", "limit", "growth_per_day"})
_TIMES = frozenset({"runs_out_at", "earliest", "latest"})


def arrange_forecast(report: CapacityForecast, wide: bool) -> tuple[Block, ...]:
    """Lay out a forecast."""
    columns = tuple(Column(field, head) for field, head in _HEADS)
    rows = tuple(tuple(_cell(f, field) for field, _ in _HEADS) for f in report.forecasts)
    note = "Theil-Sen trend, 95% interval, extrapolated to 30 times the sampled period"
    return (Table("", columns, rows, "no samples"), Prose(note, "dim"))


def _cell(found: Any, field: str) -> object:
    value = getattr(found, field)
    if field in _TIMES:
        return "-" if value is None else value.date()
    if field not in _FIGURES or isinstance(value, (Unknown, NotApplicable)):
        return value
    match found.resource.value:
        case "partitions":
            return f"{value:,.1f}"
        case "disk":
            return size(value)
        case _:
            return rate(value)


ARRANGEMENTS = {CapacityForecast: arrange_forecast}
"""Layouts by result type."""
