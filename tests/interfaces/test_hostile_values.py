"""Whatever a cluster's objects are named, every format stays what it is, and its reader unharmed."""

import csv
import io
import json
import re
from collections import Counter
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from markdown_it import MarkdownIt
from test_every_format import CAPABILITIES, answer_of

from steward.commands.api.envelope import Document, envelope
from steward.commands.api.registry import Answer, Capability
from steward.interfaces.show import show
from support.hostile import Tags, hostile_text, unseen, whole
from support.results import Maker

FORMATS = ("json", "yaml", "csv")
SHOWN = [(n, f) for n, c in CAPABILITIES.items() for f in (*FORMATS, *c.formats)]
SEEDS = range(8)


@pytest.mark.parametrize(("name", "format"), SHOWN)
def test_no_value_breaks_out_of_its_place(name: str, format: str) -> None:
    capability = CAPABILITIES[name]
    for kind, seed in (("one", 0), ("many", 0), *(("mixed", s) for s in SEEDS)):
        answer = answer_of(capability, Maker(seed, kind, hostile_text))
        out = io.StringIO()
        show(capability, answer, format, out)
        text = out.getvalue()
        text.encode()
        assert not unseen(text), f"{kind} {seed}"
        if capability.result is Document:
            assert_given_back(text, dict(answer.data.body))
        else:
            _JUDGES[format](text, capability, answer)


def assert_given_back(text: str, expected: object) -> None:
    for load in (yaml.SafeLoader, yaml.CSafeLoader):
        assert yaml.load(text, load) == whole(expected)


def _json(text: str, capability: Capability, answer: Answer[Any]) -> None:
    assert json.loads(text) == whole(envelope(capability.schema, answer))


def _yaml(text: str, capability: Capability, answer: Answer[Any]) -> None:
    assert_given_back(text, envelope(capability.schema, answer))


NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]\d+)?(, ?-?\d+(\.\d+)?)*")


def _csv(text: str, *_: object) -> None:
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert len(rows) == text.count("\n")
    assert len({len(row) for row in rows}) <= 1
    for cell in (cell for row in rows for cell in row):
        if cell.lstrip(" ")[:1] in tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20"):
            assert cell == "-" or NUMBER.fullmatch(cell), f"{cell!r} is a formula"


def _junit(text: str, *_: object) -> None:
    (suite,) = ElementTree.fromstring(text)
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))


def _sarif(text: str, *_: object) -> None:
    for result in json.loads(text)["runs"][0]["results"]:
        sentence, *command = result["message"]["text"].split("\n")
        assert sentence.isprintable()
        assert all(line.isprintable() and line.startswith("$ ") for line in command)
        assert len(command) <= 1
        assert not re.search(r"\]\(", result["message"]["text"])
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"([A-Za-z0-9._~/-]|%[0-9A-F]{2})*", uri)


def _html(text: str, *_: object) -> None:
    found = Tags(text)
    assert not found.tags & {"script", "img", "a", "iframe", "object", "base", "form", "svg"}
    assert not {name for name in found.attributes if name.startswith("on")}
    assert not found.attributes & {"href", "src"}
    assert text.count("</title>") == text.count("</html>") == 1


MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HEADING = re.compile(r"#{1,3} ")


def _markdown(text: str, *_: object) -> None:
    """Every structure that is read is one that was written."""
    tokens = MARKDOWN.parse(text)
    kinds = Counter(t.type for token in tokens for t in (token, *(token.children or ())))
    assert not {k for k in kinds if k.startswith(("html", "link", "image", "s_open", "code_block"))}
    assert not kinds.keys() & {"blockquote_open", "hr", "ordered_list_open", "hardbreak", "em_open"}
    fences = "\n".join(t.content for t in tokens if t.type == "fence")
    outside = [line for line in text.split("\n") if line not in fences.split("\n")]
    assert kinds["heading_open"] == sum(bool(HEADING.match(line)) for line in outside)
    assert kinds["bullet_list_open"] == len(
        {t.map[0] for t in tokens if t.type == "bullet_list_open"}
    )
    assert all(t.level == 0 for t in tokens if t.type == "bullet_list_open")
    texts = [c.content for t in tokens for c in t.children or () if c.type == "text"]
    assert not [text for text in texts if re.search(r"(?<!\w)@\w", text)]


_JUDGES = {
    "json": _json, "yaml": _yaml, "csv": _csv, "junit": _junit, "sarif": _sarif, "html": _html,
    "markdown": _markdown,
}  # fmt: skip
