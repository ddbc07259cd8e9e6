"""Writing a result's table as CSV: raw values, one table."""

import csv
from collections.abc import Iterable
from typing import Any, Protocol, TextIO

from steward.surfaces.views.blocks import Block, Diff, Fields, Table
from steward.surfaces.views.cells import cell


class Writer(Protocol):
    """What csv.writer returns."""

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
                writer.writerow((full, cell(value, name, human=False)))


def _first_of_each(blocks: tuple[Block, ...]) -> tuple[Table, ...]:
    """Return the first table, with those of the same title and columns that describe further objects."""
    tables = [b.table if isinstance(b, Diff) else b for b in blocks if isinstance(b, (Table, Diff))]
    return tuple(t for t in tables if (t.title, t.columns) == (tables[0].title, tables[0].columns))


def _write_tables(tables: tuple[Table, ...], writer: "Writer", *, headers: bool) -> None:
    """Write tables below one head; the object described leads each row where there is one."""
    owned = any(table.of for table in tables)
    if headers:
        writer.writerow((*(("object",) if owned else ()), *(c.field for c in tables[0].columns)))
    for table in tables:
        for row in table.rows:
            pairs = zip(row, table.columns, strict=True)
            cells = [cell(value, column.field, human=False) for value, column in pairs]
            writer.writerow([table.of, *cells] if owned else cells)
