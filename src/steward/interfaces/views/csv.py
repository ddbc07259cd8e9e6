"""Write a result's table as CSV: raw values, one table, no formulas."""

import csv
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol, TextIO

from steward.commands.api.registry import Answer
from steward.interfaces.views.arranged import arrange_for_csv
from steward.interfaces.views.blocks import Block, Column, Diff, Fields, Table
from steward.interfaces.views.cells import cell
from steward.model.addressing import addressed
from steward.model.command import ClusterTarget
from steward.model.printable import printable
from steward.model.unknown import NotApplicable

_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""Characters that start a formula in a cell; the last four are full-width forms of the first."""
_NUMBERS = re.compile(r"-?[0-9]+(\.[0-9]+)?(, ?-?[0-9]+(\.[0-9]+)?)*")


class Writer(Protocol):
    """The type of csv.writer's result."""

    def writerow(self, row: Iterable[Any], /) -> Any:
        """Write one row."""
        ...


def write_csv(blocks: Iterable[Block], stream: TextIO, *, headers: bool) -> None:
    """Write the first table of each object described; a result without one is written as name and value."""
    everything = tuple(blocks)
    writer = csv.writer(stream, lineterminator="\n")
    tables = _first_of_each(everything)
    if tables:
        _write_tables(tables, writer, headers=headers)
        return
    if headers:
        writer.writerow(("name", "value"))
    for block in everything:
        if isinstance(block, Fields):
            for name, value in block.pairs:
                full = f"{block.title}.{name}" if block.title else name
                writer.writerow((without_formula(full), csv_cell(value, name)))


class CsvStream:
    """Writes the tables of answers that follow each other below one header; the time of each is its rows' last cell."""

    def __init__(self, stream: TextIO, *, headers: bool) -> None:
        self._stream = stream
        self._headers = headers

    def write(self, answer: Answer[Any], target: ClusterTarget) -> None:
        """Write the rows of an answer, below the header where they are the first."""
        tables = _first_of_each(addressed(arrange_for_csv(answer), target))
        timed = tuple(
            _with_time(table, str(answer.observed_at or "")) for table in tables if table.rows
        )
        if timed:
            writer = csv.writer(self._stream, lineterminator="\n")
            _write_tables(timed, writer, headers=self._headers)
            self._headers = False
        self._stream.flush()


def _with_time(table: Table, at: str) -> Table:
    rows = tuple((*row, at) for row in table.rows)
    return replace(table, columns=(*table.columns, Column("at", "TIME")), rows=rows)


def _first_of_each(blocks: Iterable[Block]) -> tuple[Table, ...]:
    """Return the first table, with those of the same title and columns that describe further objects."""
    tables = [b.table if isinstance(b, Diff) else b for b in blocks if isinstance(b, (Table, Diff))]
    return tuple(t for t in tables if (t.title, t.columns) == (tables[0].title, tables[0].columns))


def _write_tables(tables: tuple[Table, ...], writer: "Writer", *, headers: bool) -> None:
    """Write tables below one header; the object described leads each row where there is one."""
    owned = any(table.of for table in tables)
    if headers:
        writer.writerow((*(("object",) if owned else ()), *(c.field for c in tables[0].columns)))
    for table in tables:
        for row in table.rows:
            pairs = zip(row, table.columns, strict=True)
            cells = [csv_cell(value, column.field) for value, column in pairs]
            writer.writerow([without_formula(table.of), *cells] if owned else cells)


def csv_cell(value: object, field: str) -> str:
    """Format a raw value; every character of a text is visible, and none is a formula."""
    written = cell(value, field, human=False)
    is_own = value is None or isinstance(value, (int, float, NotApplicable))
    return written if is_own else without_formula(written)


def without_formula(text: str) -> str:
    """Format a text for a spreadsheet: an apostrophe prefixes what would be a formula; numbers stay numbers.

    Source: OWASP, CSV injection.
    """
    shown = printable(text)
    if text.lstrip(" ").startswith(_FORMULA) and not _NUMBERS.fullmatch(text):
        return f"'{shown}"
    return shown
