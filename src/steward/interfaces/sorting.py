"""The order of a list's rows, by a column of the reader's choice."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import Enum
from types import NoneType
from typing import Any, cast

from steward.commands.api.registry import Answer, Capability, Notice
from steward.interfaces.views.blocks import field_names, is_rows, row_type
from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.unknown import NotApplicable, Unknown

DESCENDING = "desc"
_DIRECTIONS = ("asc", DESCENDING)
_ABSENT = (Unknown, NotApplicable, NoneType)


@dataclass(frozen=True, slots=True)
class RowOrder:
    """By which column rows are sorted, and whether the largest comes first."""

    column: str
    descending: bool = False


def columns_of(capability: Capability) -> tuple[str, ...]:
    """Return the columns that a list can be sorted by: the fields of its rows."""
    rows = _rows_field(capability.result)
    return field_names(row_type(capability.result, rows)) if rows else ()


def row_order(text: str, columns: tuple[str, ...]) -> RowOrder:
    """Read ``COLUMN`` or ``COLUMN:desc``; a column may be written as its head in tables, ``UNDER-REPLICATED``.

    Errors: UsageError for a column that rows do not have, with the nearest that they have; for another direction.
    """
    named, _, direction = text.strip().partition(":")
    column = named.lower().replace("-", "_")
    if column not in columns:
        close = get_close_matches(column, columns, 1)
        nearest = f"did you mean {close[0]}? " if close else ""
        raise UsageError(
            f"rows have no column {named!r}", remedy=f"{nearest}columns are {', '.join(columns)}"
        )
    if direction.lower() not in ("", *_DIRECTIONS):
        raise UsageError(
            f"{direction!r} is no direction", remedy=f"write {column} or {column}:{DESCENDING}"
        )
    return RowOrder(column, direction.lower() == DESCENDING)


def in_order(answer: Answer[Any], order: RowOrder) -> Answer[Any]:
    """Return an answer with the rows of its list sorted; equal rows stay in the order that they had.

    Rows without the value come last in both directions. Where no row has it, a warning says why.
    """
    data: Any = answer.data
    if data is None:
        return answer
    field = _rows_field(cast("type[Any]", type(data)))
    if field is None:
        return answer
    rows: tuple[Any, ...] = getattr(data, field)
    known = [row for row in rows if not isinstance(getattr(row, order.column), _ABSENT)]
    absent = [row for row in rows if isinstance(getattr(row, order.column), _ABSENT)]
    known.sort(key=lambda row: _key(getattr(row, order.column)), reverse=order.descending)
    warnings = () if known or not absent else (_unsorted(absent[0], order.column),)
    return replace(
        answer,
        data=replace(data, **{field: (*known, *absent)}),
        warnings=(*answer.warnings, *warnings),
    )


def _rows_field(result: type[Any]) -> str | None:
    """Return the field that holds a result's rows; of several the first."""
    return next((name for name in field_names(result) if is_rows(result, name)), None)


def _key(value: object) -> tuple[bool, float, str]:
    """Compare numbers and times by size and before texts, everything else as it is written."""
    match value:
        case Instant():
            return False, value.ms, ""
        case int() | float():
            return False, value, ""
        case Enum():
            return True, 0, str(value.value)
        case tuple() | frozenset() if not hasattr(cast("object", value), "_fields"):
            return True, 0, ",".join(str(item) for item in cast("Iterable[object]", value))
        case _:
            return True, 0, str(value)


def _unsorted(row: object, column: str) -> Notice:
    why = getattr(row, column)
    reason = f": {why}" if isinstance(why, (Unknown, NotApplicable)) else ""
    return Notice(code="not_sorted", message=f"no row has a value to sort by in {column}{reason}")
