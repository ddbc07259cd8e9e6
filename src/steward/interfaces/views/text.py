"""Write blocks to a terminal or a pipe: with rich on a terminal, as plain columns elsewhere.

Every text passes ``visible`` here, and none is read as markup. Commands are never wrapped.
"""

from collections.abc import Iterable, Iterator
from typing import TextIO, cast

from rich.cells import cell_len
from rich.console import Console
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
from steward.interfaces.views.grid import STATE_STYLES, Grid, is_items, shown_text
from steward.interfaces.views.layout import padded, wrap
from steward.model.command import Command, Hint, apart
from steward.model.unknown import NotApplicable

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
        _lines(wrap(visible(title.replace("_", " ").upper()), out.width), out, "bold")


def _lines(lines: Iterable[str], out: Console, style: str = "") -> None:
    """Write lines as they are: nothing wraps them again."""
    for line in lines:
        out.print(Text(line, style=style), soft_wrap=True)


def _line(text: str, out: Console, style: str = "", lead: str = "") -> None:
    """Write a text: sentences wrap at words where a terminal is narrow, commands are whole on lines of their own."""
    for number, part in enumerate(_parts(text)):
        before = " " * (len(lead) or 2) if number else lead
        _lines(_led(before, part, out), out, style)


def _led(
    lead: str, text: str, out: Console, *, is_list: bool = False, hanging: int = 0
) -> list[str]:
    """Return the lines of a text behind a lead, or below one that leaves no room; all but the first hang deeper."""
    shown = visible(text)
    if not out.is_terminal:
        return [lead + shown]
    room = out.width - cell_len(lead) - hanging
    below = room < _LEAST_ROOM and cell_len(lead) > len(_BELOW)
    if is_whole(text):
        lines = [shown]
    elif below:
        lines = wrap(shown, out.width - len(_BELOW), is_list=is_list)
    else:
        lines = wrap(shown, room, is_list=is_list, first=room + hanging)
    if below:
        label = wrap(lead.strip(), out.width - 2) if lead.strip() else []
        return [*("  " + line for line in label), *(_BELOW + line for line in lines)]
    indent = " " * (cell_len(lead) + hanging)
    return [lead + lines[0], *(indent + line for line in lines[1:])]


_BELOW = "    "
_LEAST_ROOM = 20
"""A text behind a label that leaves less room stands on lines of its own below it."""


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
    width = max((cell_len(label) for label, _ in lines), default=0)
    for label, text in lines:
        for number, part in enumerate(_parts(text)):
            _labelled("" if number else label, part, width, out)


def _labelled(label: str, text: str, width: int, out: Console) -> None:
    lead = f"  {padded(label, width, right=False)}  " if width else "  "
    for number, line in enumerate(_led(lead, text, out, hanging=2)):
        styled = Text(line)
        if not number:
            styled.stylize("dim", 0, len(lead))
        out.print(styled, soft_wrap=True)


_SIGNS = {"+": "green", "~": "yellow", "-": "red", "!": "bold red"}


def _diff(block: Diff, out: Console) -> None:
    _title(block.title, out)
    for sign, depth, text in block.lines:
        style = _SIGNS.get(sign, "dim" if depth else "")
        _line(text, out, style, f"{sign or ' '} " + "    " * depth)


_LABELS = {"may_fail": "tolerated failures"}
"""Labels of fields whose name alone does not say what they mean."""


def _label(field: str) -> str:
    return _LABELS.get(field, field.replace("_", " "))


def _fields(block: Fields, out: Console) -> None:
    _title(block.title, out)
    pairs = [(visible(_label(name)), value, name) for name, value in block.pairs]
    width = max((cell_len(name) for name, _, _ in pairs), default=0)
    for name, value, field in pairs:
        parts = (
            list(_parts(value))
            if isinstance(value, (Command, CommandLine, Hint))
            else [shown_text(value, field)]
        )
        for number, part in enumerate(parts or [""]):
            lead = padded("" if number else name, width + 2, right=False)
            first, *more = _led(lead, part, out, is_list=is_items(value))
            shown = Text(first[len(lead) :], style=STATE_STYLES.get(visible(part), ""))
            out.print(Text(first[: len(lead)], style="dim") + shown, soft_wrap=True)
            _lines(more, out)


def _table(block: Table, out: Console, *, wide: bool, headers: bool) -> None:
    _title(block.title, out)
    if not block.rows:
        _line(block.empty, out, "dim")
        return
    shown = [i for i in range(len(block.columns)) if wide or _is_shown(block, i)]
    copied = [i for i in shown if any(is_whole(row[i]) for row in block.rows)]
    if beside := [i for i in shown if i not in copied]:
        grid = Grid(block, beside, headers=headers)
        if not out.is_terminal:
            grid.write_plain(out.file)
        elif not wide or grid.is_whole_at(out.width):
            grid.write(out)
        else:
            _records(grid, out)
    for column in copied:
        _copied(block, column, out)


def _records(grid: Grid, out: Console) -> None:
    """Write each row as names and values below each other: a table with every column is wider than the terminal."""
    for number, pairs in enumerate(grid.records):
        if number:
            out.print()
        _fields(Fields("", pairs), out)


def _copied(block: Table, column: int, out: Console) -> None:
    """Write a column that holds commands below its table, each command on a line of its own."""
    lines: list[tuple[str, str]] = []
    for row in block.rows:
        said = row[column]
        if said:
            lines += [] if column == 0 else [("", shown_text(row[0], block.columns[0].field))]
            lines.append(("", said if isinstance(said, str) else Hint(cast("Command", said))))
    out.print()
    _paragraph(Paragraph(block.columns[column].head, "bold", tuple(lines)), out)


def _is_shown(block: Table, i: int) -> bool:
    """Leave out what is for wide output, and columns in which no row has anything to say."""
    if block.columns[i].wide:
        return False
    return i == 0 or not all(
        row[i] is None or row[i] == () or isinstance(row[i], NotApplicable) for row in block.rows
    )
