"""``--sort``: the order of a list's rows, the same in every format."""

import csv
import io
from dataclasses import dataclass
from typing import Any

import pytest

from steward.commands.api.registry import Answer
from steward.interfaces.sorting import RowOrder, in_order
from steward.model.finding import Severity
from steward.model.instant import Instant
from steward.model.unknown import NOT_REQUESTED, NotApplicable
from support.command_line import CommandLine


@dataclass(frozen=True)
class Row:
    name: str
    value: object


@dataclass(frozen=True)
class Rows:
    title: str
    rows: tuple[Row, ...]
    others: tuple[Row, ...] = ()


def sorted_names(values: list[object], order: RowOrder) -> list[str]:
    rows = tuple(Row(str(number), value) for number, value in enumerate(values))
    data: Rows = in_order(Answer(data=Rows("", rows, rows)), order).data
    assert data.others == rows
    return [row.name for row in data.rows]


@pytest.mark.parametrize(
    ("values", "ascending", "descending"),
    [
        ([10, 9, 100], "102", "201"),
        ([1.5, -2, 0], "120", "021"),
        (["b", "a", "c"], "102", "201"),
        ([Severity.HIGH, Severity.LOW, Severity.CRITICAL], "102", "201"),
        ([Instant(20), Instant(3), Instant(100)], "102", "201"),
        ([("b",), ("a", "z"), ()], "210", "012"),
        ([True, False, True], "102", "021"),
        ([5, 5, 5], "012", "012"),
        ([NOT_REQUESTED, 7, None, 3, NotApplicable("no")], "31024", "13024"),
    ],
)
def test_values_sort_by_size_and_what_is_unknown_comes_last(
    values: list[object], ascending: str, descending: str
) -> None:
    assert "".join(sorted_names(values, RowOrder("value"))) == ascending
    assert "".join(sorted_names(values, RowOrder("value", descending=True))) == descending


def test_a_column_without_any_value_is_a_warning() -> None:
    rows = (Row("a", NotApplicable("not asked for")), Row("b", NOT_REQUESTED))
    answer: Answer[Any] = in_order(Answer(data=Rows("", rows)), RowOrder("value"))
    assert answer.data.rows == rows
    assert [w.message for w in answer.warnings] == [
        "no row has a value to sort by in value: not asked for"
    ]


def test_a_failed_answer_stays_as_it_is() -> None:
    answer: Answer[Any] = Answer(data=None)
    assert in_order(answer, RowOrder("value")) is answer


def names_in(out: str) -> list[str]:
    return [line.split()[0] for line in out.splitlines()[1:] if line.strip()]


@pytest.mark.parametrize("column", ["partitions:desc", "PARTITIONS:DESC"])
def test_every_format_has_the_same_order(column: str, steward: CommandLine) -> None:
    topics = steward("topic", "list", "-o", "json").json["data"]["topics"]
    expected = [t["name"] for t in sorted(topics, key=lambda t: -t["partitions"])]
    assert expected != [t["name"] for t in topics]
    sort = ("topic", "list", "--sort", column, "-o")
    assert [t["name"] for t in steward(*sort, "json").json["data"]["topics"]] == expected
    table = csv.DictReader(io.StringIO(steward(*sort, "csv").out))
    assert [row["name"] for row in table] == expected
    assert names_in(steward(*sort, "text").out) == expected


def test_a_column_that_needs_an_option_is_named(steward: CommandLine) -> None:
    ran = steward("topic", "list", "--sort", "size-bytes:desc")
    assert ran.code == 0
    assert "no row has a value to sort by in size_bytes: not requested: add --size" in ran.err


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("partitons", "did you mean partitions? columns are name, partitions,"),
        ("partitions:down", "'down' is no direction; write partitions or partitions:desc"),
        ("", "value is empty"),
    ],
)
def test_a_wrong_column_is_refused_before_the_cluster_is_asked(
    column: str, said: str, steward: CommandLine
) -> None:
    ran = steward("topic", "list", "--sort", column)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.observer.asked == []


def test_what_is_no_list_has_no_sort(steward: CommandLine) -> None:
    ran = steward("topic", "describe", "orders", "--sort", "name")
    assert (ran.code, ran.out) == (2, "")
    assert "--sort" in ran.err
