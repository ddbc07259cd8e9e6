"""What is tracked speaks of the project alone: no machine's path, no registry's host, no author's tool."""

import re
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "a path of one machine": re.compile(
        r"(?<![\w.}~])/(?:root|work|workspace|home/\w+|Users/\w+|tmp)/\w"
    ),
    "a package registry's host": re.compile(
        r"(?:pypi|npmjs|crates|rubygems)\.(?:org|com|io)\b|pythonhosted|repo1?\.maven|maven\.org|\bproxy\.golang"
    ),
    "a trailer about authorship": re.compile(
        r"(?i)co-authored-by:|generated (?:by|with) an? (?:AI|assistant)"
    ),
}
TOOLS = {
    "3ea125d0bff3", "5792d2981981", "57de4cf40144", "5d72436256ad", "60965168ce76", "6f7ac1823da8",
    "7d3194f79e64", "920510199770", "c70eca6b0f88", "c857d09db23e", "ebde709e306b", "fc5a1047f591",
}  # fmt: skip
"""Digests of words that would say with what a line was written, so that they do not stand here themselves."""


def tracked() -> dict[str, str]:
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    return {n: (ROOT / n).read_text(errors="replace") for n in names if n and (ROOT / n).is_file()}


TRACKED = tracked()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_tracked_holds(what: str) -> None:
    own = Path(__file__).relative_to(ROOT).as_posix()
    found = [
        f"{name}: {match[0]}"
        for name, text in TRACKED.items()
        if name != own and (match := FORBIDDEN[what].search(text))
    ]
    assert found == []


def test_nothing_tracked_names_a_tool() -> None:
    words = {word for text in TRACKED.values() for word in re.findall(r"[a-z]{4,12}", text.lower())}
    assert {w for w in words if sha256(w.encode()).hexdigest()[:12] in TOOLS} == set()
