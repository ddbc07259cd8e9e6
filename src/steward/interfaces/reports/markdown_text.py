"""Escape external text for Markdown, so that every renderer shows it unchanged."""

import re
from collections.abc import Iterable

from steward.model.printable import printable

_MEANING = re.compile(r"([\\`*_{}\[\]<>|#!~&$])|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""Characters special to CommonMark, its tables and its extensions, or that turn addresses into links."""
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")
"""The start of a numbered list at the start of a line."""
_MENTION = re.compile(r"(?<![A-Za-z0-9_`])@(?=[A-Za-z0-9])")
"""Mentions: forges parse them after Markdown, so a backslash does not help, but code does."""


def escaped(text: str) -> str:
    """Write a text on one line, so that Markdown and HTML show it unchanged."""
    shown = _MEANING.sub(r"\\\g<0>", printable(text))
    shown = _NUMBERED.sub(r"\1\\\2", shown)
    if shown[:1] in ("-", "+", "="):
        shown = f"\\{shown}"
    elif shown[:1] == " ":  # four blanks would start code
        shown = f"&nbsp;{shown[1:]}"
    return _MENTION.sub("`@`", shown)


def code_span(text: str) -> str:
    """Write a text as inline code, outside of tables."""
    shown = printable(text)
    marks = "`" * (_longest_run(shown) + 1)
    blank = " " if shown[:1] in ("`", " ") or shown[-1:] in ("`", " ") else ""
    return f"{marks}{blank}{shown}{blank}{marks}"


def fenced(lines: Iterable[str], language: str) -> list[str]:
    """Write lines as a block of code, between fences that none of them can end."""
    inside = [printable(line) for line in lines]
    marks = "`" * max(3, *(_longest_run(line) + 1 for line in inside))
    return [f"{marks}{language}", *inside, marks]


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
