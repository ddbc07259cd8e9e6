"""Showing answers of which each replaces the one before: redrawn in place at a terminal, appended elsewhere."""

import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console

from steward.commands.api.registry import Answer
from steward.interfaces.local_time import in_local_time, local_text
from steward.interfaces.terminal import write_line
from steward.interfaces.views.arranged import arrange
from steward.interfaces.views.blocks import Block, Column, Prose, Table
from steward.interfaces.views.text import console, write_blocks
from steward.model.addressing import addressed
from steward.model.command import ClusterTarget
from steward.model.unknown import NotApplicable

if TYPE_CHECKING:
    from steward.interfaces.cli.stream import ChangedNotes

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
"""A colour that rich sets."""


class WatchDisplay:
    """Shows one answer after the other on stdout."""

    def __init__(
        self,
        target: ClusterTarget,
        *,
        wide: bool,
        headers: bool,
        notes: "ChangedNotes",
        local: bool,
    ) -> None:
        self._local = local
        self._target = target
        self._wide = wide
        self._headers = headers
        self._notes = notes
        self._out = console(sys.stdout)
        self._drawn = 0
        """lines of the terminal that the answer before takes"""
        self._heads: list[tuple[str, ...]] = []
        """heads of the tables that were appended last"""

    def show(self, answer: Answer[Any]) -> None:
        """Show an answer in place of the one before, or below it with its time."""
        answer = addressed(answer, self._target)
        blocks = addressed(arrange(answer, wide=self._wide), self._target)
        blocks = in_local_time(blocks) if self._local else blocks
        if self._out.is_terminal and not self._out.is_dumb_terminal:
            self._redraw(answer, blocks)
        else:
            self._append(answer, blocks)

    def _redraw(self, answer: Answer[Any], blocks: tuple[Block, ...]) -> None:
        with self._out.capture() as captured:
            write_blocks((Prose(self._title(answer), "dim"),), self._out)
            write_blocks(blocks, self._out, wide=self._wide, headers=self._headers)
        lines = captured.get().rstrip("\n").split("\n")
        lines += self._notes.text(answer).splitlines()
        lines = _cropped(lines, self._out)
        up = f"\x1b[{self._drawn}F\x1b[J" if self._drawn else ""
        self._out.file.write(up + "\n".join(lines) + "\n")
        self._out.file.flush()
        self._drawn = sum(_rows(line, self._out.width) for line in lines)

    def _title(self, answer: Answer[Any]) -> str:
        name = f"  cluster {answer.cluster.name}" if answer.cluster else ""
        return f"{self._time(answer)}{name}  Ctrl-C ends"

    def _time(self, answer: Answer[Any]) -> str:
        at = str(answer.observed_at or "-")
        return local_text(at) if self._local else at

    def _append(self, answer: Answer[Any], blocks: tuple[Block, ...]) -> None:
        at = self._time(answer)
        first, tables = not self._heads, [b for b in blocks if isinstance(b, Table)]
        for block in blocks if first else ():
            if isinstance(block, Prose):
                write_line(f"{at}  {block.text}", sys.stdout)
        heads = [tuple(c.head for c in table.columns) for table in tables]
        for number, table in enumerate(tables):
            if not table.rows:
                write_line(f"{at}  {table.empty}", sys.stdout)
                continue
            is_new = number >= len(self._heads) or self._heads[number] != heads[number]
            timed = _timed(table, at)
            write_blocks((timed,), self._out, wide=self._wide, headers=self._headers and is_new)
        self._heads = heads
        self._out.file.flush()
        self._notes.show(answer)


def _timed(table: Table, at: str) -> Table:
    """Put the time in front of every row; no column is left out, so that lines of several polls are alike."""
    rows = tuple((at, *("-" if _is_absent(v) else v for v in row)) for row in table.rows)
    return replace(table, title="", columns=(Column("at", "TIME"), *table.columns), rows=rows)


def _is_absent(value: object) -> bool:
    return value is None or value == () or isinstance(value, NotApplicable)


def _cropped(lines: list[str], out: Console) -> list[str]:
    """Leave out lines that a terminal has no room for: what has scrolled away cannot be redrawn."""
    room = max(out.height - 2, 1)
    used = 0
    for number, line in enumerate(lines):
        used += _rows(line, out.width)
        if used > room:
            hidden = len(lines) - number
            return [*lines[:number], f"{hidden} more lines; enlarge the terminal, or name groups"]
    return lines


def _rows(line: str, width: int) -> int:
    """Return how many rows of a terminal a line takes."""
    return max(-(-cell_len(_STYLE.sub("", line)) // width), 1)
