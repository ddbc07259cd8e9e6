"""A table on a terminal or in a pipe: which of its columns are shown, how wide, and how its cells wrap."""

from collections.abc import Iterable
from enum import Enum
from functools import cached_property
from types import NoneType
from typing import IO, cast

from rich.console import Console
from rich.text import Text

from steward.interfaces.terminal import visible
from steward.interfaces.views.blocks import Table
from steward.interfaces.views.cells import cell
from steward.interfaces.views.importance import rank_of
from steward.interfaces.views.layout import (
    GAP,
    CellText,
    ColumnMeasure,
    cell_lines,
    fitting,
    measure,
    padded,
    widths,
    wrap,
)
from steward.model.names import TopicPartition
from steward.model.unknown import NotApplicable, Unknown

STATE_STYLES = {
    "critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim",
    "unknown": "magenta", "failed": "red", "ok": "green", "warning": "yellow", "dead": "red",
    "running": "green", "skipped": "dim", "offline": "bold red", "under_min_isr": "bold red",
    "under_replicated": "yellow", "reassigning": "cyan", "data_loss": "bold red", "fenced": "red",
    "over_objective": "red", "lagging": "yellow", "rising": "red", "falling": "green",
    "degraded": "bold red", "absent": "bold red", "Stable": "green", "Dead": "red", "DENY": "red", "expired": "red",
}  # fmt: skip
"""Colours of states, by the word that a cell shows."""


def shown_text(value: object, field: str) -> str:
    """Return a value as people read it, every character visible."""
    return visible(cell(value, field, human=True))


class Grid:
    """The chosen columns of a table, as text."""

    def __init__(self, table: Table, chosen: list[int], *, headers: bool) -> None:
        self._fields = [table.columns[i].field for i in chosen]
        self._heads = [CellText(visible(table.columns[i].head)) for i in chosen]
        self._rows = [
            [CellText(shown_text(row[i], table.columns[i].field), is_items(row[i])) for i in chosen]
            for row in table.rows
        ]
        self._right = [_is_numeric(table, i) for i in chosen]
        self._headers = headers

    @property
    def records(self) -> Iterable[tuple[tuple[str, object], ...]]:
        """Each row as names and values."""
        for row in self._rows:
            pairs = zip(self._heads, row, strict=True)
            yield tuple((head.text.lower(), one.text) for head, one in pairs)

    @cached_property
    def _columns(self) -> list[tuple[CellText, ...]]:
        heads = [self._heads] if self._headers else []
        return list(zip(*heads, *self._rows, strict=True))

    def _sizes(self, width: int) -> list[ColumnMeasure]:
        return [
            measure(column, is_number=self._right[i], is_first=not i, width=width)
            for i, column in enumerate(self._columns)
        ]

    def _fitting(self, sizes: list[ColumnMeasure], width: int) -> list[int]:
        return fitting(sizes, [rank_of(field) for field in self._fields], width)

    def is_whole_at(self, width: int) -> bool:
        """Tell whether every column fits, with no word cut."""
        sizes = self._sizes(width)
        kept = self._fitting(sizes, width)
        given = widths([sizes[i] for i in kept], width)
        return len(kept) == len(sizes) and all(
            size.word <= found for size, found in zip(sizes, given, strict=True)
        )

    def write(self, out: Console) -> None:
        """Write the columns that a terminal has room for, and below them the names of the others."""
        sizes = self._sizes(out.width)
        kept = self._fitting(sizes, out.width)
        given = widths([sizes[i] for i in kept], out.width)
        lines = [self._line(self._heads, kept, given, bold=True)] if self._headers else []
        lines += [self._line(row, kept, given) for row in self._rows]
        hidden = [head.text.lower() for i, head in enumerate(self._heads) if i not in kept]
        if hidden:
            note = f"Hidden at {out.width} columns: {', '.join(hidden)}; -o wide shows them"
            lines += [Text(line, style="dim") for line in wrap(note, out.width)]
        out.print(Text("\n").join(lines), soft_wrap=True)

    def _line(
        self, row: list[CellText], kept: list[int], sizes: list[int], *, bold: bool = False
    ) -> Text:
        """Return a row: as many lines as its longest cell has."""
        columns = [cell_lines(row[i], size) for i, size in zip(kept, sizes, strict=True)]
        shown = Text()
        for number in range(max(map(len, columns))):
            line = Text()
            for i, size, texts in zip(kept, sizes, columns, strict=True):
                text = texts[number] if number < len(texts) else ""
                style = "bold" if bold else STATE_STYLES.get(row[i].text, "")
                line.append(padded(text, size, right=self._right[i]), style)
                line.append(" " * GAP)
            line.rstrip()
            shown.append("\n" if number else "").append_text(line)
        return shown

    def write_plain(self, stream: IO[str]) -> None:
        """Write aligned columns for a pipe: nothing is wrapped or cut, and no line ends in blanks."""
        sizes = [max(len(one.text) for one in column) for column in self._columns]
        for line in (*([self._heads] if self._headers else []), *self._rows):
            texts = [
                one.text.rjust(size) if right else one.text.ljust(size)
                for one, size, right in zip(line, sizes, self._right, strict=True)
            ]
            stream.write("  ".join(texts).rstrip() + "\n")


def is_items(value: object) -> bool:
    """Tell whether a cell is written as items with commas between."""
    return isinstance(value, (tuple, frozenset)) and not any(
        isinstance(item, TopicPartition) for item in cast("Iterable[object]", value)
    )


def _is_numeric(block: Table, i: int) -> bool:
    values = [row[i] for row in block.rows]
    absent = (Unknown, NotApplicable, NoneType)
    return all(isinstance(v, (int, float, *absent)) for v in values) and any(
        isinstance(v, (int, float)) and not isinstance(v, (bool, Enum)) for v in values
    )
