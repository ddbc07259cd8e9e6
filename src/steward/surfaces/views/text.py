"""Writing blocks to a terminal or a pipe: rich where it is one, plain columns where it is not."""

from collections.abc import Iterable
from types import NoneType
from typing import TextIO

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from steward.model.unknown import NotApplicable, Unknown
from steward.surfaces.views.blocks import Block, Column, Diff, Fields, Paragraph, Prose, Table
from steward.surfaces.views.cells import cell

STATE_STYLES = {
    "critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim",
    "unknown": "magenta", "failed": "red", "ok": "green", "warning": "yellow", "dead": "red",
    "running": "green", "skipped": "dim", "offline": "bold red", "under_min_isr": "bold red",
    "under_replicated": "yellow", "reassigning": "cyan", "data_loss": "bold red", "fenced": "red",
    "degraded": "bold red", "absent": "bold red", "Stable": "green", "Dead": "red", "DENY": "red", "expired": "red",
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
            case Diff():
                _diff(block, out)
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


_SIGNS = {"+": "green", "~": "yellow", "-": "red", "!": "bold red"}


def _diff(block: Diff, out: Console) -> None:
    _title(block.title, out)
    for sign, depth, text in block.lines:
        style = _SIGNS.get(sign, "dim" if depth else "")
        lead = f"{sign or ' '} " + "    " * depth
        out.print(Text(lead + text, style=style), soft_wrap=not out.is_terminal)


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
    shown = [i for i in range(len(block.columns)) if wide or _is_shown(block, i)]
    columns = [block.columns[i] for i in shown]
    cells = [
        [cell(row[i], block.columns[i].field, human=True) for i in shown] for row in block.rows
    ]
    right = [_is_numeric(block, i) for i in shown]
    if out.is_terminal:
        _grid(columns, cells, right, out, headers=headers)
    else:
        heads = [[column.head for column in columns]] if headers else []
        _plain(heads + cells, right, out)


def _is_shown(block: Table, i: int) -> bool:
    """Leave out what is for wide output, and columns in which no row has anything to say."""
    if block.columns[i].wide:
        return False
    return i == 0 or not all(
        row[i] is None or row[i] == () or isinstance(row[i], NotApplicable) for row in block.rows
    )


def _is_numeric(block: Table, i: int) -> bool:
    values = [row[i] for row in block.rows]
    absent = (Unknown, NotApplicable, NoneType)
    return all(isinstance(v, (int, float, *absent)) for v in values) and any(
        isinstance(v, (int, float)) and not isinstance(v, bool) for v in values
    )


def _grid(
    columns: list[Column], cells: list[list[str]], right: list[bool], out: Console, *, headers: bool
) -> None:
    grid = RichTable(
        box=None, show_header=headers, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold"
    )
    for column, is_right in zip(columns, right, strict=True):
        grid.add_column(column.head, justify="right" if is_right else "left", overflow="fold")
    for row in cells:
        grid.add_row(*(Text(text, style=STATE_STYLES.get(text, "")) for text in row))
    out.print(grid)


def _plain(lines: list[list[str]], right: list[bool], out: Console) -> None:
    """Write aligned columns for a pipe: nothing is wrapped or cut, and no line ends in blanks."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = [
            text.rjust(width) if is_right else text.ljust(width)
            for text, width, is_right in zip(line, widths, right, strict=True)
        ]
        out.file.write("  ".join(padded).rstrip() + "\n")
