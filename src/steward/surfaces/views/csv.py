"""Writing a result's table as CSV: raw values, one table."""

import csv
from collections.abc import Iterable
from typing import TextIO

from steward.surfaces.views.blocks import Block, Fields, Table, cell


def write_csv(blocks: Iterable[Block], stream: TextIO, *, headers: bool) -> None:
    """Write the first table; a result without one is written as name and value."""
    everything = tuple(blocks)
    writer = csv.writer(stream, lineterminator="\n")
    table = next((b for b in everything if isinstance(b, Table)), None)
    if table is not None:
        if headers:
            writer.writerow(column.field for column in table.columns)
        for row in table.rows:
            pairs = zip(row, table.columns, strict=True)
            writer.writerow(cell(value, column.field, human=False) for value, column in pairs)
        return
    if headers:
        writer.writerow(("name", "value"))
    for block in everything:
        if isinstance(block, Fields):
            for name, value in block.pairs:
                full = f"{block.title}.{name}" if block.title else name
                writer.writerow((full, cell(value, name, human=False)))
