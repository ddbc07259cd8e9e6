"""Every command of steward's own that a finding, an error or the tour tells people to try can be typed."""

import ast
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.shown_commands import refusal_of

SOURCE = Path(__file__).parents[2] / "src" / "steward"
FILLED_IN = "1"
"""What stands for a value that is known only when the command is made."""
CHOICES = {"reassignment plan": "balance", "sandbox broker": "start"}
"""The same where the first operand is one of a few words."""
OPTIONS = {"operation": "READ"}
"""The same of options."""


def commands(tree: ast.AST) -> Iterator[str]:
    """Read the calls that make a command of steward, as the line that they come to."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="steward"), args=[ast.Constant(value=phrase), *operands]
            ):
                yield line(str(phrase), operands, node.keywords)
            case _:
                pass


def line(phrase: str, operands: list[ast.expr], options: list[ast.keyword]) -> str:
    words = [value(o) for o in operands]
    if phrase in CHOICES and words and words[0] == FILLED_IN:
        words[0] = CHOICES[phrase]
    for option in options:
        if option.arg is None:
            continue
        name = "-o" if option.arg == "output" else f"--{option.arg.strip('_').replace('_', '-')}"
        match option.value:
            case ast.Constant(value=True):
                words.append(name)
            case ast.Constant(value=None | False):
                pass
            case ast.Compare() | ast.Call(func=ast.Name(id="all" | "any" | "bool")):
                words.append(name)
            case given:
                words += [name, OPTIONS.get(option.arg, value(given))]
    return f"steward {phrase} {shlex.join(words)}".rstrip()


def value(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=given):
            return FILLED_IN if given == "ID" else str(given)
        case ast.JoinedStr(values=parts):
            return "".join(
                str(p.value) if isinstance(p, ast.Constant) else FILLED_IN for p in parts
            )
        case _:
            return FILLED_IN


def told() -> list[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for file in SOURCE.rglob("*.py"):
        path = file.relative_to(SOURCE).as_posix()
        found |= {(path, command) for command in commands(ast.parse(file.read_text()))}
    return sorted(found)


@pytest.mark.parametrize(("path", "command"), told())
def test_it_parses(path: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal_of(command, monkeypatch) == ""
