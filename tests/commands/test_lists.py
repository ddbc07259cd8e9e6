"""No column of a list stays blank in wide output, on a cluster that has the fact."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from steward.commands.api.context import Context
from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Answer, Capability
from steward.interfaces.views.blocks import field_names, is_rows, row_type
from steward.model.unknown import NotApplicable
from support.example_cluster import example
from support.fake_observer import FakeObserver

LISTS = [c for c in all_capabilities() if c.name.endswith(".list") and c.needs_cluster]
BLANK = {
    "group.list": {"lag_high_seconds"},
    "quota.list": {"consumer_byte_rate", "controller_mutation_rate", "connection_creation_rate"},
}
"""What the example cluster does not have."""


def _listed(found: Capability, directory: Path) -> Answer[Any]:
    context = Context(
        connect=lambda _: FakeObserver(example()),
        bootstrap="broker1:9092",
        environ={},
        directory=directory,
        wide=True,
    )
    answer = found.handler(found.params(), context)
    assert isinstance(answer, Answer)
    return answer


def _tables(data: Any) -> Iterator[tuple[type[Any], tuple[Any, ...]]]:
    cls = type(data)
    for name in field_names(cls):
        if is_rows(cls, name):
            yield row_type(cls, name), getattr(data, name)


def _is_blank(value: Any) -> bool:
    return value is None or value == () or value == "" or isinstance(value, NotApplicable)


@pytest.mark.parametrize("found", LISTS, ids=lambda c: c.name)
def test_every_column_of_a_list_is_filled(found: Capability, tmp_path: Path) -> None:
    for cls, rows in _tables(_listed(found, tmp_path).data):
        if not rows:
            continue
        blank = {
            f.name for f in fields(cls) if all(_is_blank(getattr(row, f.name)) for row in rows)
        }
        assert blank <= BLANK.get(found.name, set()), blank


def test_the_sweep_sees_lists_with_rows(tmp_path: Path) -> None:
    seen = {c.name for c in LISTS for _, rows in _tables(_listed(c, tmp_path).data) if rows}
    assert {"topic.list", "group.list", "broker.list", "acl.list", "user.list"} <= seen
