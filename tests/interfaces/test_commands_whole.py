"""Every command is printed whole, as a block of its own, with the cluster: in every format that people copy from."""

import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from test_every_format import CAPABILITIES, answer_of

from steward.commands.api.consent import ConsentQuestion
from steward.commands.api.envelope import Document, DocumentText
from steward.commands.api.plan_report import PlanReport
from steward.commands.api.registry import Notice
from steward.interfaces.cli.asking import asker
from steward.interfaces.cli.progress import TerminalProgress
from steward.interfaces.cli.run import report
from steward.interfaces.show import show, show_notes
from steward.model.command import ClusterTarget, Command, Hint
from steward.model.command import steward as command_of
from support.hostile import hostile_text
from support.results import Maker
from support.terminals import Terminal, without_styles
from support.terminals import hostile_text as acting_text

TARGET = ClusterTarget(bootstrap="b1:9092", cluster="prod")
START = re.compile(
    r"(?:steward|kafka-[a-z-]+\.sh(?: cluster-id| unregister)?) --(?:cluster|bootstrap-server) "
)
SHOWN = [
    (n, f) for n, c in CAPABILITIES.items() for f in ("text", "wide", *c.formats)
    if c.result is not Document
]  # fmt: skip
SEEDS = {False: 2, True: 20}
"""So many results of chance are tried; in reports few hold a command."""
REPORTS = ("html", "markdown", "sarif", "junit")


class Copied(HTMLParser):
    """The texts of a page that are code of their own, and all others."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.outside = ""
        self._depth = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "pre":
            self._depth += 1
            self.inside.append("")

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "pre"

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.inside[-1] += data
        else:
            self.outside += data


def html_lines(text: str) -> Iterator[str]:
    page = Copied(text)
    yield from page.inside
    yield page.outside


def markdown_lines(text: str) -> Iterator[str]:
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        yield from token.content.split("\n")


def sarif_lines(text: str) -> Iterator[str]:
    for result in json.loads(text)["runs"][0]["results"]:
        yield from result["message"]["text"].split("\n")


def junit_lines(text: str) -> Iterator[str]:
    for failure in ElementTree.fromstring(text).iter("failure"):
        yield from (failure.text or "").split("\n")


def split_lines(text: str) -> list[str]:
    return text.split("\n")


LINES: dict[str, Any] = {
    "html": html_lines, "markdown": markdown_lines, "sarif": sarif_lines, "junit": junit_lines,
}  # fmt: skip


@pytest.fixture
def completed(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, ...]]:
    """Note the arguments of every command that is completed for the cluster."""
    found: set[tuple[str, ...]] = set()
    complete = Command.at

    def at(command: Command, target: ClusterTarget) -> Command:
        made = complete(command, target)
        found.add(made.args)
        return made

    monkeypatch.setattr(Command, "at", at)
    return found


def copied(lines: Iterator[str] | list[str]) -> list[str]:
    """Return the commands among lines; fail where one shares its line with anything else, or has no cluster."""
    found: list[str] = []
    for line in lines:
        bare = line.strip().removeprefix("$ ")
        if START.search(line):
            assert START.match(bare), line
            found.append(bare)
        assert not re.search(r"steward (?:group describe|plan|lag|broker) ", line), line
    return found


def read(line: str) -> tuple[str, ...]:
    """Read a line as a shell does; only bash knows its escapes."""
    if "$'" not in line:
        return tuple(shlex.split(line))
    ran = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    )  # fmt: skip
    return tuple(ran.stdout.decode(errors="surrogateescape").split("\0")[:-1])


@pytest.mark.parametrize(("name", "format"), SHOWN)
def test_every_command_is_whole_and_reads_as_its_arguments(
    name: str, format: str, completed: set[tuple[str, ...]]
) -> None:
    capability = CAPABILITIES[name]
    seen = tried = 0
    for kind, seed in (
        ("one", 0),
        ("many", 0),
        *(("mixed", s) for s in range(SEEDS[format in REPORTS])),
    ):
        answer = answer_of(capability, Maker(seed, kind, hostile_text))
        if isinstance(answer.data, DocumentText):
            continue
        out = io.StringIO()
        show(capability, answer, format, out, target=TARGET)
        if format in ("text", "wide"):
            show_notes(answer, out, TARGET)
        printed = {Command(args).line for args in completed}
        for line in copied(LINES.get(format, split_lines)(out.getvalue())):
            if format == "sarif" and "\\ud" in line:
                continue  # half of a pair: bash has no word for it
            assert line in printed or (format == "sarif" and read(line) in completed), line
            seen += 1
        tried += 1
    assert seen > 0 or not tried


@pytest.mark.parametrize("seed", range(8))
def test_a_person_is_asked_with_whole_commands(
    seed: int,
    completed: set[tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    plan: PlanReport = Maker(seed, "many", acting_text).make(PlanReport)
    assert asker(TerminalProgress(enabled=False), lambda: TARGET)(
        ConsentQuestion(plan=plan, cluster="prod", type="")
    )
    lines = copied(without_styles(terminal.getvalue()).split("\n"))
    assert lines
    expected = {Command(args).line for args in completed}
    assert set(lines) <= expected


def test_a_command_of_any_length_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    command = command_of("group describe", *(f"g{i}" for i in range(3000)))
    report("steward/x/v1", (Notice(code="x", message="m", remedy=Hint("see: ", command)),), "text")
    _, err = capsys.readouterr()
    assert err == f"error: m\n  see:\n    $ {command}\n"


def test_what_joins_a_command_to_a_sentence_is_left_out() -> None:
    one, two = command_of("plan list"), command_of("doctor")
    hint = "before: " + Hint("do this: ", one, "; or: ", two, ", then wait.")
    assert hint.apart == ("before: do this:", one, "or:", two, "then wait.")
    assert replace(Notice(code="x", message="m"), remedy=hint).remedy.apart == hint.apart  # type: ignore[attr-defined]
