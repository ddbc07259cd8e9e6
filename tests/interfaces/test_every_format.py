"""Every capability's result can be shown in every format that it offers, whatever is in it."""

import csv
import io
import json
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from steward.commands.api.envelope import Document
from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Answer, Capability
from steward.interfaces import views
from steward.interfaces.cli.options import FORMATS
from steward.interfaces.show import show, show_notes
from steward.interfaces.views import arranged
from support.results import Maker, answer_of

CAPABILITIES = {c.name: c for c in all_capabilities()}
SHOWN = [(name, format) for name, c in CAPABILITIES.items() for format in (*FORMATS, *c.formats)]
KINDS = ("empty", "none", "unknown", "one", "many", "mixed")


def shown(capability: Capability, answer: Answer[Any], format: str) -> str:
    """Return what a command writes of an answer, its notes included."""
    out, notes = io.StringIO(), io.StringIO()
    show(capability, answer, format, out)
    show_notes(answer, notes)
    return out.getvalue()


@pytest.mark.parametrize(("name", "format"), SHOWN)
def test_it_is_shown_whatever_is_in_it(name: str, format: str) -> None:
    capability = CAPABILITIES[name]
    for kind, seed in (*((kind, 0) for kind in KINDS), *(("mixed", s) for s in range(1, 6))):
        text = shown(capability, answer_of(capability, Maker(seed, kind)), format)
        assert_well_formed(capability, format, text)


def assert_well_formed(capability: Capability, format: str, text: str) -> None:
    """Read it back as a program would."""
    if capability.result is Document:
        assert isinstance(yaml.safe_load(text), dict)  # JSON is YAML too
    elif format in ("json", "sarif"):
        assert isinstance(json.loads(text), dict)
    elif format == "yaml":
        assert yaml.safe_load(text)["schema"] == capability.schema
    elif format == "csv":
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert len({len(row) for row in rows}) <= 1
    elif format == "junit":
        assert ElementTree.fromstring(text).tag == "testsuites"
    elif format == "html":
        assert text.rstrip().endswith("</html>")


def test_results_of_one_name_are_shown_by_their_own_type() -> None:
    names: dict[str, set[type[Any]]] = {}
    for capability in CAPABILITIES.values():
        names.setdefault(capability.result.__name__, set()).add(capability.result)
    doubled = {cls for found in names.values() if len(found) > 1 for cls in found}
    arrangements = {c: arranged.arrangement_of(c) for c in doubled}
    assert len({f for f in arrangements.values() if f}) == sum(map(bool, arrangements.values()))


def test_an_arrangement_is_found_where_it_is_declared() -> None:
    for path in sorted(Path(str(views.__path__[0])).glob("*.py")):
        module = import_module(f"steward.interfaces.views.{path.stem}")
        for cls, own in getattr(module, "ARRANGEMENTS", {}).items():
            assert arranged.arrangement_of(cls) is own
        for cls, own in getattr(module, "TABLES", {}).items():
            assert arranged.arrangement_of(cls, "TABLES") is own
