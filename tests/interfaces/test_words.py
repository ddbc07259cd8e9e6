"""Words of a command line that no command can take: one clear line and exit code 2, for every option and operand."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import steward.__main__ as entry
from steward.documents.fault import DocumentError
from steward.documents.files import path_of
from steward.interfaces.cli.root import root_command
from steward.model.error import UsageError
from steward.model.printable import LONGEST_LINE
from support.example_cluster import example
from support.fake_observer import FakeObserver

NO_TEXT = {
    "a\0b": "holds a NUL character",
    "a\udcff": "is not text in UTF-8",
    "x" * 1_000_000: "is longer than",
}
LONG_PATHS = ("z" * 300, "y" * 5_000, "a/" * 3_000)


def commands(
    command: click.Command | None = None, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    command = command or root_command()
    if not isinstance(command, click.Group):
        yield words, command
        return
    if (default := getattr(command, "default", None)) is not None:
        yield words, default
    for name in command.list_commands(click.Context(command)):
        inner = command.get_command(click.Context(command), name)
        assert inner is not None
        yield from commands(inner, (*words, name))


@pytest.mark.parametrize(
    ("words", "command"),
    tuple(commands()),
    ids=lambda v: " ".join(v) if isinstance(v, tuple) else "",
)
def test_what_is_no_text_is_refused_before_anything_is_done(
    words: tuple[str, ...], command: click.Command, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    options = [
        p
        for p in command.params
        if isinstance(p, click.Option) and not p.is_flag and p.name != "format"
    ]
    for value, said in NO_TEXT.items():
        lines = [(*words, f"{o.opts[0]}={value}", "--format=json") for o in options]
        for line in (*lines, (*words, value, "--format=json")):
            code = entry.run(list(line))
            out, err = capsys.readouterr()
            assert code == 2, line[:-2]
            assert json.loads(out)["errors"][0]["code"] == "usage"
            assert said in err
            assert len(err.splitlines()) == 2
            assert len(err) < 300


@pytest.mark.parametrize("path", LONG_PATHS, ids=len)
@pytest.mark.parametrize(
    "words",
    [("plan",), ("lint",), ("drift",), ("apply",), ("import",), ("export", "--directory")],
    ids=" ".join,
)
def test_a_path_that_cannot_be_one_is_one_line(
    words: tuple[str, ...], path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(entry, "connect", lambda _: FakeObserver(example()))
    assert entry.run([*words, path, "-B", "h:1"]) == 2
    err = capsys.readouterr().err
    assert "File name too long" in err
    assert len(err.splitlines()) <= 3  # what is wrong, what to do, a command for it
    assert len(err) < 3 * LONGEST_LINE


def test_a_path_need_not_exist_and_its_home_may_be_nobodys(tmp_path: Path) -> None:
    assert path_of("a/b", tmp_path) == tmp_path / "a" / "b"
    assert path_of("~nobody-of-this-name/x", tmp_path) == tmp_path / "~nobody-of-this-name" / "x"
    assert path_of("~") == Path(os.path.expanduser("~"))  # noqa: PTH111
    with pytest.raises(DocumentError, match="null byte"):
        path_of("a\0b")


def test_a_message_is_one_line_that_can_be_read() -> None:
    fault = UsageError("there is no a\nb\x1b[2J" + "x" * 1_000_000, remedy="name\nanother")
    assert str(fault).startswith("there is no a\\nb\\x1b[2Jxxx")
    assert "characters)..." in str(fault)
    assert len(str(fault)) < LONGEST_LINE + 100
    assert fault.remedy == "name\\nanother"
