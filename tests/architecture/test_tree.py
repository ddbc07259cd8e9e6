"""ARCHITECTURE.md draws the rooms that there are, and the contracts cover them."""

import re
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "steward"


def rooms() -> set[str]:
    folders = {p.name + "/" for p in PACKAGE.iterdir() if (p / "__init__.py").is_file()}
    return folders | {p.name for p in PACKAGE.glob("*.py") if p.name != "__init__.py"}


def test_the_tree_is_the_one_drawn() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    block = re.search(r"```\w*\nsrc/steward/\n(.*?)```", text, re.DOTALL)
    assert block, "no block that begins with src/steward/"
    drawn = re.findall(r"^  (\S+)", block[1], re.MULTILINE)
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == rooms()


def test_every_room_is_in_a_layer_or_excused() -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = contracts["importlinter:contract:one-way"]
    named = set(re.findall(r"\w+", layers["layers"] + layers["exhaustive_ignores"]))
    assert named == {room.rstrip("/").removesuffix(".py") for room in rooms()}


def test_every_module_opens_with_a_sentence() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        first = path.read_text().split("\n", 1)[0]
        assert first.startswith('"""'), path


def test_no_drawers() -> None:
    drawers = {"utils", "util", "common", "misc", "helpers", "helper"}
    assert not [p for p in PACKAGE.rglob("*") if p.stem in drawers]
