"""Whatever a cluster, a server, a file or a user names something, a terminal shows it and does nothing else."""

import io
import sys
from collections.abc import Callable
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.commands.api.consent import ConsentQuestion
from steward.commands.api.envelope import Document, DocumentText
from steward.commands.api.index import all_capabilities
from steward.commands.api.plan_report import PlanReport
from steward.commands.api.registry import Answer, Capability, Notice
from steward.interfaces.cli import completion
from steward.interfaces.cli.asking import asker, secret_asker
from steward.interfaces.cli.progress import TerminalProgress
from steward.interfaces.cli.run import report
from steward.interfaces.show import show, show_notes
from steward.interfaces.terminal import visible
from steward.interfaces.views.arranged import arrange
from steward.interfaces.views.blocks import (
    Column,
    CommandLine,
    Diff,
    Fields,
    Paragraph,
    Prose,
    Table,
    command_line,
)
from steward.interfaces.views.text import console, write_blocks
from steward.model.command import NOWHERE, Hint, steward
from steward.model.doc import Candidates
from steward.model.error import StewardError
from support.command_line import CommandLine as Run
from support.results import Maker, Text, answer_of
from support.terminals import (
    ACTING,
    HOSTILE,
    Terminal,
    assert_visible,
    hostile_text,
    tame_text,
    without_spinner,
    without_styles,
)

CAPABILITIES = {c.name: c for c in all_capabilities()}
KINDS = (("unknown", 0), ("one", 0), ("one", 1), *(("mixed", s) for s in range(3)))
NARROW = 40


@pytest.fixture(autouse=True)
def of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only the test say what kind of terminal there is."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(NARROW))


def answers(capability: Capability, text: Text) -> list[Answer[Any]]:
    return [answer_of(capability, Maker(seed, kind, text)) for kind, seed in KINDS]


def written(capability: Capability, answer: Answer[Any], format: str) -> tuple[str, str]:
    out, notes = io.StringIO(), io.StringIO()
    show(capability, answer, format, out)
    show_notes(answer, notes)
    return out.getvalue(), notes.getvalue()


@pytest.mark.parametrize("format", ["text", "wide"])
@pytest.mark.parametrize("name", CAPABILITIES)
def test_nothing_acts_and_a_row_stays_a_row(name: str, format: str) -> None:
    capability = CAPABILITIES[name]
    pairs = zip(answers(capability, hostile_text), answers(capability, tame_text), strict=True)
    for hostile, tame in pairs:
        out, notes = written(capability, hostile, format)
        assert_visible(out)
        assert_visible(notes)
        tame_out, tame_notes = written(capability, tame, format)
        assert notes.count("\n") == tame_notes.count("\n")
        if not isinstance(hostile.data, (Document, DocumentText)):
            assert out.count("\n") == tame_out.count("\n")


@pytest.mark.parametrize("name", CAPABILITIES)
def test_a_narrow_terminal_folds_no_command(name: str) -> None:
    capability = CAPABILITIES[name]
    for answer in answers(capability, hostile_text):
        terminal, pipe = Terminal(), io.StringIO()
        show(capability, answer, "wide", terminal)
        show(capability, answer, "wide", pipe)
        seen = without_styles(terminal.getvalue())
        assert_visible(seen)
        lines = {line.strip() for line in seen.split("\n")}
        typed = {x.strip() for x in pipe.getvalue().split("\n") if x.strip().startswith("$ ")}
        assert typed <= lines


MARKUP = "[bold]x[/bold] [/] :smile: [link=file:x]y[/link]"


@pytest.mark.parametrize("name", CAPABILITIES)
def test_a_terminal_reads_no_markup(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100000")
    capability = CAPABILITIES[name]
    for answer in answers(capability, lambda _: MARKUP):
        terminal, pipe = Terminal(), io.StringIO()
        show(capability, answer, "wide", terminal)
        show(capability, answer, "wide", pipe)
        seen = without_styles(terminal.getvalue())
        assert_visible(seen)
        assert seen.count(MARKUP) == pipe.getvalue().count(MARKUP)


@pytest.mark.parametrize("name", CAPABILITIES)
def test_documents_of_machines_are_safe_to_see_too(name: str) -> None:
    capability = CAPABILITIES[name]
    for answer in answers(capability, hostile_text):
        for format in ("json", "yaml"):
            assert_visible(written(capability, answer, format)[0])


LONG = "kafka-configs.sh --alter --add-config " + ",".join(f"key.{i}=value" for i in range(40))
COMMAND = steward("group describe", "a b" * 30)
SHAPES = {
    "paragraph": Paragraph("HIGH", "red", (("do", "read this"), ("", command_line(LONG)))),
    "diff": Diff("", (("~", 0, "topic a"), ("", 1, command_line(LONG))), Table("", (), ())),
    "prose": Prose(command_line(LONG)),
    "fields": Fields("", (("command", CommandLine(f"$ {LONG}")),)),
    "table": Table("", (Column("c", "C"), Column("s", "S")), ((command_line(LONG), "who"),)),
}


@pytest.mark.parametrize("width", [10, 40, 80, 200])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_command_is_whole_at_any_width(
    shape: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    terminal = Terminal()
    write_blocks((SHAPES[shape],), console(terminal))
    seen = without_styles(terminal.getvalue()).split("\n")
    assert sum(f"$ {LONG}" in line for line in seen) == 1


def test_a_command_in_a_sentence_is_a_line_of_its_own_and_sentences_are_folded() -> None:
    terminal = Terminal()
    hint = Hint("word " * 30, "to see it: ", COMMAND, "; or wait")
    write_blocks((Prose(hint), Prose("word " * 30)), console(terminal))
    lines = without_styles(terminal.getvalue()).split("\n")
    assert lines.count(f"  $ {COMMAND}") == 1
    assert "  or wait" in lines
    assert all(len(line) <= NARROW for line in lines if "$" not in line)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_command_reads_as_the_same_arguments(name: str) -> None:
    command = steward("group describe", name)
    for written_as in (command, str(command), Hint(command)):
        assert command_line(written_as) == f"$ {command.line}"
    assert_visible(command_line(command))


def test_an_escape_is_not_folded_in_two() -> None:
    terminal = Terminal()
    columns = (Column("a", "A"), Column("b", "B"))
    write_blocks((Table("", columns, (("x" * 19 + "\x1b" * 20, "b"),)),), console(terminal))
    assert terminal.getvalue().split("\n")[1] == "x" * 19 + "\\x1b" * 4 + "…   b"


@given(st.text(), st.text(), st.booleans())
def test_a_table_of_any_text_has_a_line_a_row(one: str, two: str, is_terminal: bool) -> None:
    stream = Terminal() if is_terminal else io.StringIO()
    columns = (Column("a", "A"), Column("b", "B"))
    out = console(stream)
    out.width = 10_000
    write_blocks((Table(one, columns, ((one, two), (two, one))),), out)
    shown = without_styles(stream.getvalue())
    assert_visible(shown)
    assert shown.count("\n") == 3 + bool(one)


@given(st.text())
def test_visible_is_one_line_and_keeps_what_shows(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert visible(shown) == shown
    if text.isprintable():
        assert shown == text


@pytest.mark.parametrize("name", HOSTILE)
def test_errors_and_remedies_are_a_line_each(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for format in ("text", "json", "yaml"):
        report("steward/x/v1", (Notice(code="x", message=name, remedy=name),), format)
        out, err = capsys.readouterr()
        assert err == f"error: {visible(name)}\n  try: {visible(name)}\n"
        assert_visible(out)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("words", [(), ("-v",), ("-q",)])
def test_a_fault_with_such_a_name_is_said_plainly(
    name: str, words: tuple[str, ...], steward: Run
) -> None:
    for fault in (StewardError(name, remedy=name), RuntimeError(name)):
        steward.fault = fault
        ran = steward("topic", "list", *words)
        assert ran.code == 1
        assert_visible(ran.err)
        assert f"{visible(name)}" in ran.err


WORDS: tuple[Callable[[str], tuple[str, ...]], ...] = (
    lambda name: (name,),
    lambda name: ("topic", name),
    lambda name: ("topic", "list", name),
    lambda name: ("topic", "list", f"--{name}"),
    lambda name: ("topic", "list", "-o", name),
    lambda name: ("topic", "list", "--timeout", name),
    lambda name: ("topic", "list", "--config", name),
    lambda name: ("topic", "list", "--cluster", name),
    lambda name: ("topic", "describe", name),
    lambda name: ("group", "list", "--lag", name),
    lambda name: ("group", "describe", name, "-v"),
    lambda name: ("check", "explain", name),
    lambda name: ("plan", "show", name),
    lambda name: ("lint", name),
)


@pytest.mark.parametrize("number", range(len(WORDS)))
def test_words_of_the_command_line_come_back_visible(number: int, steward: Run) -> None:
    for name in HOSTILE:
        ran = steward(*WORDS[number](name.replace("\x00", "")))
        assert_visible(ran.out)
        assert_visible(ran.err)
        assert all(
            line.startswith(("error: ", "  ", "unknown: ", "warning: ", "configuration: "))
            for line in ran.err.splitlines()
            if "Traceback" not in ran.err
        )


def test_choices_of_click_are_one_line(steward: Run) -> None:
    assert len(steward("completion").err.splitlines()) == 2


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("is_typed", [True, False])
def test_consent_shows_a_plan_with_such_names(
    seed: int,
    is_typed: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    maker = Maker(seed, "mixed", hostile_text)
    plan: PlanReport = maker.make(PlanReport)
    name = HOSTILE[seed]
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{visible(name)}\n" if is_typed else "y\n"))
    question = ConsentQuestion(plan=plan, cluster=name, type=name if is_typed else "")
    assert asker(TerminalProgress(enabled=False), lambda: NOWHERE)(question)
    _, err = capsys.readouterr()
    assert_visible(err)
    assert visible(name) in err.split("\n")[-1]


def test_the_prompt_of_a_password_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def getpass(prompt: str) -> str:
        asked.append(prompt)
        return "secret"

    monkeypatch.setattr("steward.interfaces.cli.asking.getpass", getpass)
    for name in HOSTILE:
        secret_asker(TerminalProgress(enabled=False))(f"Password of user {name}")
        assert_visible(asked[-1])


def test_progress_shows_steps_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "300")
    for name in HOSTILE:
        with TerminalProgress(enabled=True) as progress:
            progress(f"asking {name}")
            progress(f"reading {name}")
        seen = terminal.getvalue()
        assert f"reading {visible(name)}" in without_spinner(seen)
        assert not (ACTING - {"\x1b", "\n", "\r"}) & set(seen)
        assert_visible(without_spinner(seen))


def test_completion_offers_no_name_that_a_shell_would_break(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def known(*_: object) -> tuple[str, ...]:
        return ("dev", *HOSTILE, "$(date)", "a b", "orders.v1")

    monkeypatch.setattr("steward.commands.api.candidates.candidates", known)
    offered = completion.completer(Candidates.TOPICS)
    ctx = click.Context(click.Command("steward"))
    assert offered(ctx, click.Argument(["topic"]), "") == ["dev", "orders.v1"]


def test_every_capability_has_blocks_of_lines() -> None:
    """A block whose one text holds a newline would be shown with an escape instead of two lines."""
    for capability in CAPABILITIES.values():
        for answer in answers(capability, tame_text):
            if isinstance(answer.data, (Document, DocumentText)):
                continue
            for wide in (False, True):
                for block in arrange(answer, wide=wide):
                    if isinstance(block, Prose):
                        assert "\n" not in block.text
