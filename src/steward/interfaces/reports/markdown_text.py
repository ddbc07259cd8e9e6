"""Text from outside in Markdown: it means itself, wherever it stands and whoever renders it."""

import re
from collections.abc import Iterable

from steward.model.printable import printable

_MEANING = re.compile(r"([\\`*_{}\[\]<>|#!~&$])|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""What CommonMark, its tables and its extensions read; of addresses what would make them links."""
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")
"""What begins a numbered list where a line begins with it."""
_MENTION = re.compile(r"(?<![A-Za-z0-9_`])@(?=[A-Za-z0-9])")
"""What forges take for somebody's name: they read it after Markdown, so that no backslash helps, but code does."""


def escaped(text: str) -> str:
    """Write a text on one line, so that Markdown and HTML show it as it is."""
    shown = _MEANING.sub(r"\\\g<0>", printable(text))
    shown = _NUMBERED.sub(r"\1\\\2", shown)
    if shown[:1] in ("-", "+", "="):
        shown = f"\\{shown}"
    elif shown[:1] == " ":  # four of them would begin code
        shown = f"&nbsp;{shown[1:]}"
    return _MENTION.sub("`@`", shown)


def code_span(text: str) -> str:
    """Write a text as code within a line that is no row of a table."""
    shown = printable(text)
    marks = "`" * (_longest_run(shown) + 1)
    blank = " " if shown[:1] in ("`", " ") or shown[-1:] in ("`", " ") else ""
    return f"{marks}{blank}{shown}{blank}{marks}"


def fenced(lines: Iterable[str], language: str) -> list[str]:
    """Write lines as a block of code, between marks that none of them can end."""
    inside = [printable(line) for line in lines]
    marks = "`" * max(3, *(_longest_run(line) + 1 for line in inside))
    return [f"{marks}{language}", *inside, marks]


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
