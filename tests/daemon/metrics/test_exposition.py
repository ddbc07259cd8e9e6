"""What is written is what Prometheus reads back: any names, any values, in bulk or one by one."""

from math import inf, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from steward.daemon.metrics.exposition import PartitionLines, block, head, line, number
from steward.daemon.metrics.registry import (
    COLLECTION_ERRORS,
    GROUP_LAG_RECORDS,
    GROUP_LAG_SECONDS,
    GROUP_STATE,
    RENDER_SECONDS,
    Family,
)
from steward.model.names import TopicPartition
from steward.model.printable import printable_lines

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.one_of(
    st.floats(allow_nan=False), st.integers(-(2**53), 2**53), st.sampled_from([inf, -inf])
)


def read(text: str) -> dict[tuple[str, ...], float]:
    """Read one family back with Prometheus's own parser."""
    (family,) = text_string_to_metric_families(text)
    return {tuple(s.labels.values()): s.value for s in family.samples}


@given(st.lists(st.tuples(TEXT, TEXT), unique=True, min_size=1), VALUES)
def test_any_labels_and_values_are_read_back(names: list[tuple[str, str]], value: float) -> None:
    written = block(COLLECTION_ERRORS, ((pair, value) for pair in names))
    assert read(written) == {tuple(map(printable_lines, n)): float(value) for n in names}


@given(
    TEXT, TEXT,
    st.lists(st.tuples(TEXT, st.integers(0, 2**31 - 1), st.integers(0, 2**53)),
             unique_by=lambda row: row[:2], min_size=1, max_size=40),
)  # fmt: skip
def test_bulk_is_read_back(cluster: str, group: str, rows: list[tuple[str, int, int]]) -> None:
    lines = PartitionLines([TopicPartition(topic, number) for topic, number, _ in rows])
    values = [value for _, _, value in rows]
    found = read(head(GROUP_LAG_RECORDS) + lines.lines(GROUP_LAG_RECORDS, (cluster, group), values))
    leading = (printable_lines(cluster), printable_lines(group))
    assert found == {(*leading, printable_lines(t), str(n)): float(v) for t, n, v in rows}


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=30), st.data())
def test_bulk_writes_the_rows_that_are_known(values: list[float], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(values) - 1), unique=True, min_size=1))
    lines = PartitionLines([TopicPartition("orders", n) for n in range(len(values))])
    text = lines.lines(GROUP_LAG_SECONDS, ("prod", "app"), [values[i] for i in chosen], chosen)
    assert read(head(GROUP_LAG_SECONDS) + text) == {
        ("prod", "app", "orders", str(i)): values[i] for i in chosen
    }


def test_bulk_of_nothing_is_nothing() -> None:
    lines = PartitionLines([TopicPartition("orders", 0)])
    assert lines.lines(GROUP_LAG_SECONDS, ("prod", "app"), [], []) == ""
    assert PartitionLines([]).lines(GROUP_LAG_SECONDS, ("prod", "app"), []) == ""


def test_bulk_and_single_lines_look_alike() -> None:
    lines = PartitionLines([TopicPartition("orders", 7)])
    assert lines.lines(GROUP_LAG_SECONDS, ("prod", 'a"b'), [1.5]) == line(
        GROUP_LAG_SECONDS, ("prod", 'a"b', "orders", "7"), 1.5
    )


def test_a_label_shows_every_character() -> None:
    text = line(GROUP_STATE, ("prod", "a\x1b[2J\r\x85\u202e\n\udc80", "classic", "Stable"), 1)
    assert text.count("\n") == 1
    assert text.strip().isprintable()
    ((_, group, _, _),) = read(head(GROUP_STATE) + text)
    assert group == "a\\x1b[2J\\r\\x85\\u202e\n\\udc80"


def test_a_family_without_samples_is_not_mentioned() -> None:
    assert block(GROUP_STATE, []) == ""


def test_a_family_without_labels() -> None:
    assert block(RENDER_SECONDS, [((), 0.25)]).endswith("\nsteward_render_seconds 0.25\n")


def test_help_and_type_come_first() -> None:
    family = Family("steward_x", GROUP_STATE.kind, "a\nb \\ c")
    assert head(family) == "# HELP steward_x a\\nb \\\\ c\n# TYPE steward_x gauge\n"


def test_too_few_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        line(GROUP_STATE, ("prod",), 1)


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (3.0, "3"), (0.125, "0.125"), (inf, "+Inf"), (-inf, "-Inf"), (1e300, "1e+300")],
)
def test_numbers(value: float, written: str) -> None:
    assert number(value) == written
    assert isnan(float(number(nan)))
