"""Commands are made by Command, which quotes: none is spelled in a text, where no cluster could be filled in."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import steward as package
from steward.commands.api.index import NOUNS

_ROOT = Path(str(package.__file__)).parent
_NOUNS = {noun.name for noun in NOUNS}
_STATIC = {
    "interfaces/reference",
    "daemon/metrics/rules.py",
    "interfaces/cli/root.py",
    "model/command.py",
}
"""Pages, rules for other programs and help: no cluster is chosen where they are made. And who makes commands."""
_NAMES = re.compile(r"steward serve\b(?! -)|^steward sandbox$")
"""The daemon, and who signs a sandbox's certificates, by name: not commands to run."""


def _is_command(text: str) -> bool:
    """Tell whether a text holds a command line: the program, then a noun or an option."""
    text = _NAMES.sub("", text)
    for part in text.split("steward ")[1:]:
        word = part.split(" ", 1)[0].strip("`'\",.:;)")
        if word in _NOUNS or word.startswith("-"):
            return True
    return any(".sh" in part.split(" ", 1)[0] for part in text.split("kafka-")[1:])


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(_ROOT.rglob("*.py")):
        name = path.relative_to(_ROOT).as_posix()
        if not any(name == s or name.startswith(f"{s}/") for s in _STATIC):
            yield name, ast.parse(path.read_text())


def _literal(node: ast.JoinedStr) -> str:
    return "".join(str(v.value) if isinstance(v, ast.Constant) else "\0" for v in node.values)


def test_no_command_is_written_into_a_text_with_values() -> None:
    """Only Command quotes: an f-string that spells a command and puts a value behind it is refused."""
    found: list[str] = []
    for name, module in _modules():
        for node in ast.walk(module):
            if isinstance(node, ast.JoinedStr):
                pieces = _literal(node)
                last = max((i for i in range(len(pieces)) if _is_command(pieces[i:])), default=None)
                if last is not None and "\0" in pieces[last:]:
                    found.append(f"{name}:{node.lineno}")
    assert found == []


def test_no_command_is_spelled_as_a_mere_text() -> None:
    """A text cannot be completed with the cluster: Hint holds the command itself."""
    found = [
        f"{name}:{node.lineno}: {str(node.value)[:60]!r}"
        for name, module in _modules()
        for node in _texts(module)
        if _is_command(str(node.value))
    ]
    assert found == []


def _texts(module: ast.Module) -> Iterator[ast.Constant]:
    """Yield the texts of a module, without documentation and the examples of capabilities."""
    skipped: set[int] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Expr):
            skipped.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg == "examples":
            skipped |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(module):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in skipped
        ):
            yield node
