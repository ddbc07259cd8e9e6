"""Write blocks to a terminal or a pipe: with rich on a terminal, as plain columns elsewhere.

Every text passes ``visible`` here, and none is read as markup. Commands are never wrapped.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from types import NoneType
from typing import TextIO, cast

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from steward.interfaces.terminal import visible
from steward.interfaces.views.blocks import (
    Block,
    CommandLine,
    Diff,
    Fields,
    Lines,
    Paragraph,
    Prose,
    Table,
    command_line,
)
from steward.interfaces.views.cells import cell
from steward.model.command import Command, Hint, apart
from steward.model.unknown import NotApplicable, Unknown

STATE_STYLES = {
    "critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim",
    "unknown": "magenta", "failed": "red", "ok": "green", "warning": "yellow", "dead": "red",
    "running": "green", "skipped": "dim", "offline": "bold red", "under_min_isr": "bold red",
    "under_replicated": "yellow", "reassigning": "cyan", "data_loss": "bold red", "fenced": "red",
    "degraded": "bold red", "absent": "bold red", "Stable": "green", "Dead": "red", "DENY": "red", "expired": "red",
}  # fmt: skip

UNLIMITED_WIDTH = 100_000


def console(stream: TextIO) -> Console:
    """Return a console for the stream; a pipe gets no colour, no wrapping and no truncated lines."""
    if stream.isatty():
        return Console(file=stream, highlight=False, markup=False, emoji=False)
    return Console(
        file=stream,
        highlight=False,
        markup=False,
        emoji=False,
        no_color=True,
        width=UNLIMITED_WIDTH,
    )


def write_blocks(
    blocks: Iterable[Block], out: Console, *, wide: bool = False, headers: bool = True
) -> None:
    """Write blocks one below the other, with a blank line between."""
    for number, block in enumerate(blocks):
        if number:
            out.print()
        match block:
            case Prose():
                _line(block.text, out, block.style)
            case Lines():
                for line in block.lines:
                    _line(line, out)
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
        out.print(Text(visible(title.replace("_", " ").upper()), style="bold"))


def _line(text: str, out: Console, style: str = "", lead: str = "") -> None:
    """Write a text: sentences wrap on a narrow terminal, commands stay whole on lines of their own."""
    for number, part in enumerate(_parts(text)):
        before = " " * (len(lead) or 2) if number else lead
        whole = is_whole(part) or not out.is_terminal
        out.print(Text(before + visible(part), style=style), soft_wrap=whole)


def _parts(text: str | Command) -> Iterator[str]:
    """Yield the sentences of a text, and its commands as lines to copy."""
    for part in apart(text):
        yield command_line(part) if isinstance(part, Command) else part


def is_whole(value: object) -> bool:
    """Return whether a value is, or holds, a command to copy, which is never wrapped."""
    return isinstance(value, (CommandLine, Command)) or _has_commands(value)


def _has_commands(value: object) -> bool:
    return isinstance(value, Hint) and any(isinstance(part, Command) for part in value.parts)


def _paragraph(block: Paragraph, out: Console) -> None:
    _line(block.title, out, block.style)
    lines = [(visible(label), text) for label, text in block.lines]
    width = max((len(label) for label, _ in lines), default=0)
    for label, text in lines:
        for number, part in enumerate(_parts(text)):
            _labelled("" if number else label, part, width, out)


def _labelled(label: str, text: str, width: int, out: Console) -> None:
    if is_whole(text) or not out.is_terminal:
        _line(text, out, lead=f"  {label.ljust(width)}  " if width else "  ")
        return
    grid = RichTable.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=width + 2, no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    grid.add_row(Text(f"  {label}"), Text(visible(text)))
    out.print(grid)


_SIGNS = {"+": "green", "~": "yellow", "-": "red", "!": "bold red"}


def _diff(block: Diff, out: Console) -> None:
    _title(block.title, out)
    for sign, depth, text in block.lines:
        style = _SIGNS.get(sign, "dim" if depth else "")
        _line(text, out, style, f"{sign or ' '} " + "    " * depth)


def _fields(block: Fields, out: Console) -> None:
    _title(block.title, out)
    pairs = [(visible(name.replace("_", " ")), value, name) for name, value in block.pairs]
    width = max((len(name) for name, _, _ in pairs), default=0)
    for name, value, field in pairs:
        parts = (
            list(_parts(value)) if isinstance(value, (Command, Hint)) else [_shown(value, field)]
        )
        for number, part in enumerate(parts or [""]):
            label, text = "" if number else name, visible(part)
            shown = Text(text, style=STATE_STYLES.get(text, ""))
            out.print(Text(label.ljust(width + 2), style="dim") + shown, soft_wrap=True)


def _table(block: Table, out: Console, *, wide: bool, headers: bool) -> None:
    _title(block.title, out)
    if not block.rows:
        out.print(Text(visible(block.empty), style="dim"), soft_wrap=True)
        return
    shown = [i for i in range(len(block.columns)) if wide or _is_shown(block, i)]
    copied = [i for i in shown if any(is_whole(row[i]) for row in block.rows)]
    if beside := [i for i in shown if i not in copied]:
        _columns(block, beside, out, headers=headers)
    for column in copied:
        _copied(block, column, out)


def _copied(block: Table, column: int, out: Console) -> None:
    """Write a column that holds commands below its table, each command on a line of its own."""
    lines: list[tuple[str, str]] = []
    for row in block.rows:
        said = row[column]
        if said:
            lines += [] if column == 0 else [("", _shown(row[0], block.columns[0].field))]
            lines.append(("", said if isinstance(said, str) else Hint(cast("Command", said))))
    out.print()
    _paragraph(Paragraph(block.columns[column].head, "bold", tuple(lines)), out)


def _columns(block: Table, shown: list[int], out: Console, *, headers: bool) -> None:
    columns = [block.columns[i] for i in shown]
    cells = [[_shown(row[i], block.columns[i].field) for i in shown] for row in block.rows]
    right = [_is_numeric(block, i) for i in shown]
    heads = [[visible(column.head) for column in columns]] if headers else []
    if out.is_terminal and not _is_cut(heads + cells, out.width):
        _grid(heads, cells, right, out)
    else:
        _plain(heads + cells, right, out)


def _shown(value: object, field: str) -> str:
    return visible(cell(value, field, human=True))


def _is_cut(lines: list[list[str]], width: int) -> bool:
    """Return whether wrapping at the terminal's width would split an escape."""
    needed = sum(max(map(cell_len, column)) + 2 for column in zip(*lines, strict=True)) - 2
    return needed > width and any("\\" in text for line in lines for text in line)


def _is_shown(block: Table, i: int) -> bool:
    """Omit columns for wide output, and columns without any value."""
    if block.columns[i].wide:
        return False
    return i == 0 or not all(
        row[i] is None or row[i] == () or isinstance(row[i], NotApplicable) for row in block.rows
    )


def _is_numeric(block: Table, i: int) -> bool:
    values = [row[i] for row in block.rows]
    absent = (Unknown, NotApplicable, NoneType)
    return all(isinstance(v, (int, float, *absent)) for v in values) and any(
        isinstance(v, (int, float)) and not isinstance(v, (bool, Enum)) for v in values
    )


def _grid(heads: list[list[str]], cells: list[list[str]], right: list[bool], out: Console) -> None:
    grid = RichTable(
        box=None, show_header=bool(heads), pad_edge=False, padding=(0, 2, 0, 0), header_style="bold"
    )
    named = heads[0] if heads else [""] * len(right)
    for head, is_right in zip(named, right, strict=True):
        grid.add_column(Text(head), justify="right" if is_right else "left", overflow="fold")
    for row in cells:
        grid.add_row(*(Text(text, style=STATE_STYLES.get(text, "")) for text in row))
    out.print(grid)


def _plain(lines: list[list[str]], right: list[bool], out: Console) -> None:
    """Write aligned columns for a pipe: no wrapping, no truncation, no trailing blanks."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = [
            text.rjust(width) if is_right else text.ljust(width)
            for text, width, is_right in zip(line, widths, right, strict=True)
        ]
        out.file.write("  ".join(padded).rstrip() + "\n")
