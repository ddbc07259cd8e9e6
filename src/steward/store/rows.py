"""Reads JSON bodies of rows: damaged ones are counted, the rest is returned."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

from steward.documents.fault import DocumentError
from steward.documents.json_text import read_json, read_typed

T = TypeVar("T")


class ReadRows(tuple[T, ...]):
    """Values in order; ``damaged`` is the number of unreadable rows."""

    damaged: int = 0


def rows_of(
    cls: type[T],
    bodies: Iterable[tuple[str, str]],
    check: Callable[[str, T], None] = lambda _key, _value: None,
) -> "ReadRows[T]":
    """Read the bodies of a table's rows, each with its key; ``check`` raises for one of another key."""
    found: list[T] = []
    damaged = 0
    for key, body in bodies:
        try:
            value = read_typed(body, cls, "row")
        except DocumentError:
            damaged += 1
            continue
        check(key, value)
        found.append(value)
    rows = ReadRows(found)
    rows.damaged = damaged
    return rows


def plain_of(body: object) -> Mapping[str, Any] | None:
    """Return a body as plain data; None where it is damaged."""
    try:
        found = read_json(str(body), "row")
    except DocumentError:
        return None
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else None
