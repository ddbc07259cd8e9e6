"""Every command that a document shows exists, with the options that it shows."""

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from steward.analysis.checks.catalog import CHECKS
from steward.sandbox.scenarios.registry import SCENARIOS
from support.shown_commands import refusal_of, shown_commands, words_of

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
SHOWN = [
    pytest.param(line, id=f"{path.relative_to(ROOT)}: {line}")
    for path in DOCUMENTS
    for line in dict.fromkeys(shown_commands(path.read_text()))
]


@pytest.mark.parametrize("line", SHOWN)
def test_it_parses(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal_of(line, monkeypatch) == ""


@pytest.mark.parametrize("line", SHOWN)
def test_the_checks_and_scenarios_it_names_exist(line: str) -> None:
    checks = {c.name for c in CHECKS}
    scenarios = {s.name for s in SCENARIOS}
    words = words_of(line)
    match words:
        case ["check", "explain", name]:
            assert name in checks
        case ["sandbox", "scenario", "run" | "stop", name, *_] if not name.startswith("-"):
            assert name in scenarios
    for option, value in pairwise(words):
        if words[0] == "check" and option in ("--only", "--skip"):
            assert set(value.split(",")) <= checks


def test_the_readme_shows_commands() -> None:
    assert len(shown_commands((ROOT / "README.md").read_text())) >= 10


def test_make_targets_it_names_exist() -> None:
    targets = {line.partition(":")[0] for line in (ROOT / "Makefile").read_text().splitlines()}
    for path in DOCUMENTS:
        for word in path.read_text().split("`make ")[1:]:
            assert word.split("`")[0].split()[0] in targets, path


def test_the_licence_is_the_one_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()[:400]
