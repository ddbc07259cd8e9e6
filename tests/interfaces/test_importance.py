"""Which columns a terminal of 80 columns shows, where a table has more."""

import io

import pytest

from steward.interfaces.views.blocks import Column, Table
from steward.interfaces.views.text import console, write_blocks
from support.terminals import Terminal, without_styles


def shown_at_80(*cells: tuple[str, str]) -> list[str]:
    """Return the heads that stay, of columns with one value each."""
    columns = tuple(Column(head.lower().replace("-", "_"), head) for head, _ in cells)
    out = Terminal()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("COLUMNS", "80")
        patched.setenv("TERM", "xterm-256color")
        write_blocks((Table("", columns, (tuple(value for _, value in cells),)),), console(out))
    return without_styles(out.getvalue()).splitlines()[0].split()


def test_lag_in_seconds_and_records_stay_before_type_and_state() -> None:
    heads = shown_at_80(
        ("GROUP", "g" * 32), ("TYPE", "consumer"), ("STATE", "Stable"), ("LAG-RECORDS", "13,171"),
        ("LAG-SECONDS", "26m 11s"), ("BOUNDS", "26m 10s - 26m 11s"), ("STATUS", "over_objective"),
    )  # fmt: skip
    assert heads == ["GROUP", "LAG-RECORDS", "LAG-SECONDS", "STATUS"]


def test_a_prefixed_acl_is_not_taken_for_a_literal_one() -> None:
    heads = shown_at_80(
        ("PRINCIPAL", "User:app"), ("PERMISSION", "ALLOW"), ("OPERATION", "DESCRIBE"),
        ("RESOURCE-TYPE", "TOPIC"), ("RESOURCE-NAME", "kafka-cluster"), ("PATTERN-TYPE", "PREFIXED"),
        ("HOST", "10.0.0.9"),
    )  # fmt: skip
    assert "PATTERN-TYPE" in heads
    assert "HOST" not in heads


def test_the_text_of_a_list_is_cut_and_not_left_out() -> None:
    heads = shown_at_80(
        ("NAME", "acl_transactional_id_wildcard"), ("SEVERITY", "critical"), ("OVER", "cluster"),
        ("HEADLINE", "a principal may use every transactional id, and so fence any producer"),
    )  # fmt: skip
    assert "HEADLINE" in heads


def test_a_stream_that_is_no_terminal_shows_every_column() -> None:
    out = io.StringIO()
    columns = tuple(Column(f"field_{n}", f"HEAD-{n}") for n in range(20))
    write_blocks((Table("", columns, (tuple("value" * 3 for _ in columns),)),), console(out))
    assert len(out.getvalue().splitlines()[0].split()) == 20
