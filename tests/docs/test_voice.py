"""Messages, help, docstrings, comments and documents hold no word of the private language that they once had."""

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "steward"
WORDS = {
    "told": "report, notify, say",
    "anew": "again, new",
    "owed": "pending",
    "but for": "except, without",
    "for they": "because they",
    "of late": "recently",
    "by turns": "in turn",
    "in turns": "in turn",
    "dear": "expensive",
    "dearer": "more expensive",
    r"stands? against": "sign of use, reason against",
    r"(?<![\d.,])1 (?:parts|partitions|members|records|steps|topics|groups)": "the plural by model/wording.count",
    "nobody": "no client, no process, no one",
    "somebody": "a user, another process",
    "whoever": "the process that",
    "in order that": "so that",
    r"carr(?:y|ies|ied|ying) (?:it |them |this )?out": "execute",
    r"call(?:s|ed|ing)? (?:it |them )?off": "cancel",
    "agreed to": "confirmed",
    r"guard (?:wants|refuses)": "confirmation required, blocked by policy",
    r"(?:a|an|the|each|this|that|every|no|one|own) wish": "request, goal",
    "wishes": "requests, goals",
    r"(?:a|an|the|each|every|this|one|two|three|several|last|latest|first|fresh|next|second|single|another|between|"
    r"earlier|later|kept|same|per|\d+) looks?": "poll, sample, observation",
}
PLAIN = re.compile(r"(?i)\b(" + "|".join(WORDS) + r")\b")
"""What is looked for, and what to write instead."""

STILL_TO_REWRITE: dict[str, int] = {}
"""Places that hold such words, with how many lines at most. A number may only fall, and no place may be added."""


def prose(source: str) -> Iterator[str]:
    """Yield every docstring, message and comment; names in backticks and values in braces are not prose."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield from node.value.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def found(lines: Iterator[str]) -> list[str]:
    return [line.strip() for line in lines if PLAIN.search(re.sub(r"`+[^`]*`+", "", line))]


def place_of(path: Path) -> str:
    """Return the room of a module, or a document's own path."""
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[:4] if parts[0] == "src" and len(parts) > 4 else parts[:3])


def modules() -> Iterator[tuple[str, list[str]]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield place_of(path), found(prose(path.read_text()))


def documents() -> Iterator[tuple[str, list[str]]]:
    written = [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/decisions/*.md"), ROOT / "CONTRIBUTING.md"]
    for path in sorted([*written, ROOT / "ARCHITECTURE.md", ROOT / "README.md"]):
        yield place_of(path), found(iter(path.read_text().splitlines()))


def test_words_of_the_old_voice_do_not_come_back() -> None:
    lines: dict[str, list[str]] = {}
    for place, held in [*modules(), *documents()]:
        lines.setdefault(place, []).extend(held)
    counted = Counter({place: len(held) for place, held in lines.items()})
    over = {p: lines[p] for p, number in counted.items() if number > STILL_TO_REWRITE.get(p, 0)}
    assert over == {}


@pytest.mark.parametrize(
    "line",
    [
        "it was not told", "read anew", "what it is owed", "stay, but for --all", "two looks", "1 partitions",
        "the guard wants a person to agree", "carry it out", "a wish that no plan can fulfil", "of late",
    ],
)  # fmt: skip
def test_each_is_found(line: str) -> None:
    assert found(iter([line])) == [line]


@pytest.mark.parametrize(
    "line", ["21 partitions", "it looks healthy", "`told` is a field", "allowed", "look up an id"]
)
def test_plain_english_passes(line: str) -> None:
    assert found(iter([line])) == []
