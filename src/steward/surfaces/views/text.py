"""Writing blocks to a terminal or a pipe: rich where it is one, plain columns where it is not."""

from collections.abc import Iterable
from typing import TextIO

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from steward.surfaces.views.blocks import Block, Column, Fields, Paragraph, Prose, Table, cell

STATE_STYLES = {
    "critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim",
    "unknown": "magenta", "failed": "red", "ok": "green", "warning": "yellow", "dead": "red",
    "running": "green", "skipped": "dim",
}  # fmt: skip

UNLIMITED_WIDTH = 100_000


def console(stream: TextIO) -> Console:
    """Return a console that follows the terminal; a pipe gets no colour, no wrapping and no cut lines."""
    if stream.isatty():
        return Console(file=stream, highlight=False)
    return Console(file=stream, highlight=False, no_color=True, width=UNLIMITED_WIDTH)


def write_blocks(
    blocks: Iterable[Block], out: Console, *, wide: bool = False, headers: bool = True
) -> None:
    """Write blocks one below the other, a blank line between."""
    for number, block in enumerate(blocks):
        if number:
            out.print()
        match block:
            case Prose():
                out.print(Text(block.text, style=block.style), soft_wrap=not out.is_terminal)
            case Paragraph():
                _paragraph(block, out)
            case Fields():
                _fields(block, out)
            case Table():
                _table(block, out, wide=wide, headers=headers)


def _title(title: str, out: Console) -> None:
    if title:
        out.print(Text(title.replace("_", " ").upper(), style="bold"))


def _paragraph(block: Paragraph, out: Console) -> None:
    out.print(Text(block.title, style=block.style), soft_wrap=not out.is_terminal)
    width = max((len(label) for label, _ in block.lines), default=0)
    for label, text in block.lines:
        if not out.is_terminal:
            out.print(
                Text(f"  {label.ljust(width)}  {text}" if width else f"  {text}"), soft_wrap=True
            )
            continue
        grid = RichTable.grid(padding=(0, 2, 0, 0))
        grid.add_column(width=width + 2, no_wrap=True, style="dim")
        grid.add_column(overflow="fold")
        grid.add_row(f"  {label}", Text(text))
        out.print(grid)


def _fields(block: Fields, out: Console) -> None:
    _title(block.title, out)
    width = max((len(name) for name, _ in block.pairs), default=0)
    for name, value in block.pairs:
        text = cell(value, name, human=True)
        label = name.replace("_", " ").ljust(width + 2)
        out.print(
            Text(label, style="dim") + Text(text, style=STATE_STYLES.get(text, "")), soft_wrap=True
        )


def _table(block: Table, out: Console, *, wide: bool, headers: bool) -> None:
    _title(block.title, out)
    if not block.rows:
        out.print(Text(block.empty, style="dim"))
        return
    shown = [i for i, column in enumerate(block.columns) if wide or not column.wide]
    grid = RichTable(
        box=None, show_header=headers, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold"
    )
    for i in shown:
        column = block.columns[i]
        numeric = all(isinstance(row[i], (int, float)) for row in block.rows)
        grid.add_column(column.head, justify="right" if numeric else "left", overflow="fold")
    for row in block.rows:
        grid.add_row(*(_styled(row[i], block.columns[i]) for i in shown))
    out.print(grid)


def _styled(value: object, column: Column) -> Text:
    text = cell(value, column.field, human=True)
    return Text(text, style=STATE_STYLES.get(text, ""))
