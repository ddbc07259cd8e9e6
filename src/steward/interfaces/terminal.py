"""Escape text for the terminal: control characters are shown, never executed.

Nothing else in this package writes to stderr, and only ``views/text.py`` and ``cli/progress.py`` use rich.
"""

import sys
from typing import TextIO

from steward.model.command import Command, Hint, apart
from steward.model.printable import printable, printable_lines

PROMPT = "$ "
"""Prefix of a command that is to be copied."""


def visible(text: str | Command) -> str:
    """Write a text on one line with every character visible; commands in it stay valid for a shell."""
    return printable(text.line if isinstance(text, (Command, Hint)) else text)


def write_line(text: str | Command, stream: TextIO | None = None) -> None:
    """Write one line, by default to stderr."""
    (stream or sys.stderr).write(visible(text) + "\n")


def lines_of(text: str | Command) -> tuple[str, ...]:
    """Write a text with its sentences and each of its commands on lines of their own."""
    return tuple(
        PROMPT + part.line if isinstance(part, Command) else visible(part) for part in apart(text)
    )


def write_notice(
    kind: str, message: str, remedy: str | Command = "", stream: TextIO | None = None
) -> None:
    """Write an event on one line, and below it what to do, each command on a line of its own."""
    write_line(f"{kind}: {visible(message)}", stream)
    lines = lines_of(remedy) if remedy else ()
    # a sentence that leads to a command is no advice by itself: "see:", "the plan is saved:"
    label = "try: " if lines and not lines[0].endswith(":") else ""
    for number, line in enumerate(lines):
        write_line(f"  {(' ' * len(label) or '  ') if number else label}{line}", stream)


def write_lines(text: str, stream: TextIO | None = None) -> None:
    """Write a text with its own line breaks, by default to stderr."""
    shown = printable_lines(text)
    (stream or sys.stderr).write(shown if shown.endswith("\n") else shown + "\n")


def write_prompt(text: str) -> None:
    """Write a question to stderr without ending the line: stdout is for the answer."""
    sys.stderr.write(visible(text))
    sys.stderr.flush()
