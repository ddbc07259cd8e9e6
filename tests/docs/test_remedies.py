"""Every command of steward's own that a finding, an error or the tour tells people to try can be typed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.capabilities.index import NOUNS
from support.shown_commands import refusal_of

SOURCE = Path(__file__).parents[2] / "src" / "steward"
WHOLE = ("checks", "diagnosis", "capabilities/demo.py")
"""Where a text that begins with steward is a command; elsewhere it may be a sentence."""
_NOUNS = "|".join(noun.name for noun in NOUNS)
_AFTER_COLON = re.compile(rf": (steward (?:{_NOUNS})\b.*?)(?:\.?$|\. |;)")


def texts(tree: ast.AST) -> Iterator[str]:
    """Read every text of a module; what is filled in becomes one word, a choice of words the first."""
    within = {id(part) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for part in n.values}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in within
        ):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(v.value) if isinstance(v, ast.Constant) else "1" for v in node.values)


def commands(path: str, text: str) -> list[str]:
    """Read the commands out of a text, such as ``list them with: steward topic list``."""
    if text.startswith("steward ") and path.startswith(WHOLE):
        return [text]
    return [re.sub(r"\bID\b", "1", found) for found in _AFTER_COLON.findall(text)]


def told() -> list[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for file in SOURCE.rglob("*.py"):
        path = file.relative_to(SOURCE).as_posix()
        for text in texts(ast.parse(file.read_text())):
            if "\n" not in text:
                found |= {(path, command) for command in commands(path, text)}
    return sorted(found)


@pytest.mark.parametrize(("path", "command"), told())
def test_it_parses(path: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal_of(command, monkeypatch) == ""
