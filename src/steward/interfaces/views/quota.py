"""Layout of quotas: limits and use with the unit of their kind of quota."""

from collections.abc import Sequence
from dataclasses import replace

from steward.commands.quota.advise import QuotaAdvice
from steward.commands.quota.describe import ClientQuotas
from steward.commands.quota.usage import QuotaUsage
from steward.interfaces.views.blocks import Block, Column, Table, derive
from steward.interfaces.views.cells import limit_text

_MEASURED = frozenset({"capacity", "used", "used_in_cluster"})
_LIMITS = _MEASURED | {"limit", "promised", "proposed"}
"""Columns in the unit of the row's quota."""
_PER_BROKER = "per broker"


def arrange_quotas(report: object, wide: bool) -> tuple[Block, ...]:
    """Lay out a result about quotas by its fields, each limit with its unit."""
    return tuple(_with_units(b) if isinstance(b, Table) else b for b in derive(report))


def raw_quotas(report: object, wide: bool) -> tuple[Block, ...]:
    """Lay out a result about quotas by its fields, for CSV."""
    return derive(report)


def _with_units(table: Table) -> Table:
    """Write limits with their unit; of the column ``unit`` only whether the limit holds per broker stays."""
    fields = [column.field for column in table.columns]
    if "quota" not in fields:
        return table
    columns = tuple(Column("per", "PER") if c.field == "unit" else c for c in table.columns)
    rows = tuple(_row(fields, row, str(row[fields.index("quota")])) for row in table.rows)
    return replace(table, columns=columns, rows=rows)


def _row(fields: Sequence[str], row: Sequence[object], quota: str) -> tuple[object, ...]:
    return tuple(_cell(field, value, quota) for field, value in zip(fields, row, strict=True))


def _cell(field: str, value: object, quota: str) -> object:
    if field == "unit":
        return "broker" if _PER_BROKER in str(value) else "cluster"
    if field in _LIMITS and isinstance(value, (int, float)):
        return limit_text(quota, value, measured=field in _MEASURED)
    return value


ARRANGEMENTS = dict.fromkeys((ClientQuotas, QuotaAdvice, QuotaUsage), arrange_quotas)
TABLES = dict.fromkeys((ClientQuotas, QuotaAdvice, QuotaUsage), raw_quotas)
"""Layouts by result type."""
