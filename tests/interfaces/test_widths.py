"""At every width of a terminal words and numbers stay whole, lines fit, and columns that are left out are named."""

import io
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from steward.commands.api.envelope import Document, DocumentText
from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Answer, Capability
from steward.interfaces.show import show
from steward.interfaces.views.arranged import arrange
from steward.interfaces.views.blocks import Column, CommandLine, Fields, Prose, Table, command_line
from steward.interfaces.views.layout import CellText, cut, fitting, measure, widths, wrap
from steward.interfaces.views.text import console, write_blocks
from steward.model.command import Command, Hint
from support.results import Maker, answer_of
from support.terminals import Terminal, without_styles

CAPABILITIES = {c.name: c for c in all_capabilities()}
WIDTHS = (40, 80, 120, 200)
RESULTS = (("one", 0), ("mixed", 0), ("mixed", 1))
NUMBER = re.compile(r"\d{1,3}(,\d{3})+")


@pytest.fixture(autouse=True)
def of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only the test say what kind of terminal there is."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def shown(capability: Capability, answer: Answer[Any], stream: io.StringIO, format: str) -> str:
    show(capability, answer, format, stream)
    return without_styles(stream.getvalue())


def commands_in(value: object) -> Iterator[str]:
    """Yield every command that blocks hold, as it is shown on its line."""
    if isinstance(value, CommandLine):
        yield str(value).strip()
    elif isinstance(value, Command):
        yield str(command_line(value)).strip()
    elif isinstance(value, Hint):
        for part in value.parts:
            if isinstance(part, Command):
                yield from commands_in(part)
    elif isinstance(value, tuple):
        for item in value:
            yield from commands_in(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from commands_in(getattr(value, field.name))


def whole_words(text: str) -> frozenset[str]:
    """Return the words of a text that was not wrapped, and the items of its lists; a number is one word."""
    words = set(text.split())
    items = {item for word in words if not NUMBER.fullmatch(word) for item in word.split(",")}
    return frozenset(words | items | {word.lower() for word in words})


def is_whole(word: str, known: frozenset[str]) -> bool:
    """Tell whether a word stands as it was, or is several items of a list, or was cut with ``…``."""
    if word in known:
        return True
    if word.endswith("…"):
        return any(one.startswith(word[:-1]) for one in known)
    return "," in word and all(item in known for item in word.split(",") if item)


@pytest.mark.parametrize("capability", CAPABILITIES.values(), ids=lambda c: c.name)
def test_no_two_columns_of_a_table_have_one_name(capability: Capability) -> None:
    for kind in ("one", "many", "mixed"):
        answer = answer_of(capability, Maker(0, kind))
        if isinstance(answer.data, (Document, DocumentText)):
            return
        for wide in (False, True):
            for block in arrange(answer, wide=wide):
                heads = [c.head for c in block.columns] if isinstance(block, Table) else []
                assert len(heads) == len(set(heads)), heads


def assert_fits(seen: str, unwrapped: str, commands: set[str], width: int) -> None:
    """Fail where a line is too long for anything but a command or one long word, or where a word is broken."""
    notes = re.findall("Hidden at [^;]*; -o wide shows them", re.sub(r"\s+", " ", seen))
    known = whole_words(unwrapped) | whole_words(" ".join(notes))
    for line in seen.split("\n"):
        if line.strip() in commands:
            continue
        words = line.split()
        assert cell_len(line) <= width or cell_len(words[-1]) > width // 2, line
        for word in words:
            assert is_whole(word, known), (word, line)


@pytest.mark.parametrize("name", CAPABILITIES)
def test_no_word_is_broken_and_no_line_is_too_long(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    capability = CAPABILITIES[name]
    for kind, seed in RESULTS:
        answer = answer_of(capability, Maker(seed, kind))
        if isinstance(answer.data, (Document, DocumentText)):
            continue
        for format in ("text", "wide"):
            commands = set(commands_in(arrange(answer, wide=format == "wide")))
            unwrapped = shown(capability, answer, io.StringIO(), format)
            for width in WIDTHS:
                monkeypatch.setenv("COLUMNS", str(width))
                seen = shown(capability, answer, Terminal(), format)
                assert_fits(seen, unwrapped, commands, width)


@pytest.mark.parametrize("name", CAPABILITIES)
def test_columns_that_are_left_out_are_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    capability = CAPABILITIES[name]
    for kind, seed in RESULTS:
        blocks = arrange(answer_of(capability, Maker(seed, kind)), wide=False)
        for block in (b for b in blocks if isinstance(b, Table)):
            pipe = io.StringIO()
            write_blocks((block,), console(pipe))
            for width in WIDTHS:
                assert_named(block, pipe.getvalue(), written(block, width, monkeypatch), width)


def assert_named(block: Table, unwrapped: str, seen: str, width: int) -> None:
    """Fail where a column of a table is neither shown nor named."""
    head = seen.split("\n")[1 if block.title else 0].split()
    _, _, note = re.sub(r"\s+", " ", seen).partition(f"Hidden at {width} columns: ")
    hidden = note.partition("; -o wide shows them")[0].split(", ")
    for name in (c.head for c in block.columns if c.head in unwrapped.split()):
        is_cut = any(h.endswith("…") and name.startswith(h[:-1]) for h in head)
        assert name in seen.split() or name.lower() in hidden or is_cut, name


TOPICS = Table(
    "",
    (
        Column("name", "NAME"), Column("partitions", "PARTITIONS"),
        Column("replication_factor", "REPLICATION-FACTOR"), Column("under_replicated", "UNDER-REPLICATED"),
        Column("offline", "OFFLINE"),
    ),
    (("payments.transactions.settled.v1", 128, 3, 12, 1), ("orders", 3, 3, 0, 0)),
)  # fmt: skip


def written(block: Any, width: int, monkeypatch: pytest.MonkeyPatch, *, wide: bool = False) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    terminal = Terminal()
    write_blocks((block,), console(terminal), wide=wide)
    return without_styles(terminal.getvalue())


def test_the_least_important_columns_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(TOPICS, 80, monkeypatch) == (
        "NAME                              PARTITIONS  UNDER-REPLICATED  OFFLINE\n"
        "payments.transactions.settled.v1         128                12        1\n"
        "orders                                     3                 0        0\n"
        "Hidden at 80 columns: replication-factor; -o wide shows them\n"
    )
    assert "Hidden" not in written(TOPICS, 120, monkeypatch)


def test_wide_shows_every_column_where_a_row_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(TOPICS, 60, monkeypatch, wide=True) == (
        "name                payments.transactions.settled.v1\n"
        "partitions          128\n"
        "replication-factor  3\n"
        "under-replicated    12\n"
        "offline             1\n"
        "\n"
        "name                orders\n"
        "partitions          3\n"
        "replication-factor  3\n"
        "under-replicated    0\n"
        "offline             0\n"
    )


def test_names_are_cut_where_no_column_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(TOPICS, 30, monkeypatch).splitlines() == [
        "NAME                   OFFLINE",
        "payments.transaction…        1",
        "orders                       0",
        "Hidden at 30 columns:",
        "partitions,",
        "replication-factor,",
        "under-replicated; -o wide",
        "shows them",
    ]


def test_sentences_in_a_table_wrap_at_words(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = (Column("check", "CHECK"), Column("summary", "SUMMARY"))
    block = Table("", columns, (("min_isr", "one topic of three has a minimum of one"),))
    assert written(block, 40, monkeypatch) == (
        "CHECK    SUMMARY\nmin_isr  one topic of three has a\n         minimum of one\n"
    )


def test_a_list_wraps_after_its_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    block = Fields("", (("replicas", tuple(range(100, 120))),))
    lines = written(block, 40, monkeypatch).splitlines()
    assert lines[0] == "replicas  100,101,102,103,104,105,106,"
    assert lines[1] == " " * 10 + "107,108,109,110,111,112,113,"


def test_a_long_word_stands_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = written(Prose(f"the topic {'x' * 70} is offline"), 40, monkeypatch).splitlines()
    assert lines == ["the topic", "x" * 70, "is offline"]


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" ")),
    st.integers(1, 60),
)
def test_wrapping_keeps_every_word(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert " ".join(lines).split() == text.split()
    assert all(cell_len(line) <= width or " " not in line.strip() for line in lines)


@given(st.text(max_size=50), st.integers(1, 60))
def test_a_cut_text_fits_and_says_so(text: str, width: int) -> None:
    found = cut(text, width)
    assert found == text if cell_len(text) <= width else found.endswith("…")
    assert cell_len(found) <= width


def test_an_escape_is_not_cut_in_two() -> None:
    assert [cut("ab\\x1bcd", n) for n in (6, 5, 4, 3)] == ["ab…", "ab…", "ab…", "ab…"]
    assert cut("ab\\x1bcd", 7) == "ab\\x1b…"


@given(
    st.lists(st.tuples(st.integers(1, 90), st.booleans()), min_size=1, max_size=8),
    st.integers(20, 200),
)
def test_columns_fit_beside_each_other(columns: list[tuple[int, bool]], width: int) -> None:
    sizes = [
        measure(
            (CellText("x" * size),), is_number=is_number and size < 12, is_first=not i, width=width
        )
        for i, (size, is_number) in enumerate(columns)
    ]
    kept = fitting(sizes, [1] * len(sizes), width)
    given = widths([sizes[i] for i in kept], width)
    assert kept[0] == 0
    assert sum(given) + 2 * (len(given) - 1) <= width
    assert all(found >= sizes[i].least for i, found in zip(kept, given, strict=True))
