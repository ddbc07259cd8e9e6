"""How texts and tables fit the width of a terminal: words and numbers stay whole.

The less important columns of a table are left out, then cells wrap at words, then names end in ``…``.
Units: widths are terminal cells.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

GAP = 2
"""Blanks between two columns."""
_COMFORTABLE = 24
"""A column of sentences is not squeezed below this while other columns can be left out."""
_FIRST_SHARE, _SHARE = 0.5, 0.35
"""The part of the width that the first, and every other column of names may insist on before its names are cut."""
_WORD = re.compile(r" *[^ ]+")
_ITEM = re.compile(r"[^,]*,|[^,]+")
_BROKEN_ESCAPE = re.compile(r"\\(?:x[0-9a-f]?|u[0-9a-f]{0,3}|U[0-9a-f]{0,7})?$")


@dataclass(frozen=True, slots=True)
class CellText:
    """The text of a cell; a list may also be wrapped after its commas."""

    text: str
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class ColumnMeasure:
    """What a column needs: ``natural`` without wrapping, ``word`` for its longest word, ``least`` to be shown."""

    natural: int
    word: int
    least: int


def wrap(text: str, width: int, *, is_list: bool = False, first: int = 0) -> list[str]:
    """Wrap a text at its blanks; a word longer than the width has a line of its own and stays whole.

    Units: ``first`` is the width of the first line, where it has another.
    """
    lines = [""]
    for piece in _pieces(text, is_list=is_list):
        room = first if first and len(lines) == 1 else width
        if lines[-1] and cell_len(lines[-1] + piece) > room:
            lines.append(piece.lstrip(" "))
        else:
            lines[-1] += piece
    return lines


def _pieces(text: str, *, is_list: bool) -> Iterator[str]:
    for word in _WORD.findall(text):
        if is_list:
            yield from _ITEM.findall(word)
        else:
            yield word


def cut(text: str, width: int) -> str:
    r"""Shorten a text to a width, ``…`` at its end; no escape such as ``\x1b`` is cut in two."""
    if cell_len(text) <= width:
        return text
    kept = text[: max(width - 1, 0)]
    while kept and cell_len(kept) > width - 1:
        kept = kept[:-1]
    return _BROKEN_ESCAPE.sub("", kept) + "…"


def measure(
    cells: Sequence[CellText], *, is_number: bool, is_first: bool, width: int
) -> ColumnMeasure:
    """ColumnMeasure a column, its head among the cells."""
    natural = max(cell_len(cell.text) for cell in cells)
    if is_number:
        return ColumnMeasure(natural, natural, natural)
    word = max(
        cell_len(piece.strip(" "))
        for cell in cells
        for piece in (*_pieces(cell.text, is_list=cell.is_list), "")
    )
    limit = max(8, int(width * (_FIRST_SHARE if is_first else _SHARE)))
    return ColumnMeasure(natural, word, min(max(word, min(natural, _COMFORTABLE)), limit))


def fitting(measures: Sequence[ColumnMeasure], ranks: Sequence[int], width: int) -> list[int]:
    """Return the columns that fit: the first one, and of the others as many as there is room for, by rank."""
    shown, used = [0], measures[0].least
    for i in sorted(range(1, len(measures)), key=lambda i: (ranks[i], i)):
        if used + GAP + measures[i].least <= width:
            shown.append(i)
            used += GAP + measures[i].least
    return sorted(shown)


def widths(measures: Sequence[ColumnMeasure], width: int) -> list[int]:
    """Share a width among columns: first so that no word is cut, then so that as few cells as possible wrap."""
    given = [m.least for m in measures]
    left = width - sum(given) - GAP * (len(given) - 1)
    for wanted in ([m.word for m in measures], [m.natural for m in measures]):
        waiting = sorted(range(len(given)), key=lambda i: wanted[i] - given[i])
        for place, i in enumerate(waiting):
            more = min(max(wanted[i] - given[i], 0), max(left, 0) // (len(waiting) - place))
            given[i] += more
            left -= more
    return given


def cell_lines(cell: CellText, width: int) -> list[str]:
    """Return the lines of a cell of a width."""
    if cell_len(cell.text) <= width:
        return [cell.text]
    return [cut(line, width) for line in wrap(cell.text, width, is_list=cell.is_list)]


def padded(text: str, width: int, *, right: bool) -> str:
    """Fill a text with blanks up to a width."""
    blanks = " " * max(width - cell_len(text), 0)
    return blanks + text if right else text + blanks
