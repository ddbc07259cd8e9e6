"""Numbers carry their unit: in the text of every result, in lists and descriptions alike, and in defaults in help."""

import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import click
import pytest

from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Answer
from steward.commands.quota.describe import ClientQuotas
from steward.commands.quota.list import QuotaList
from steward.commands.quota.rows import QuotaDescribeParams, effective, quota_rows
from steward.interfaces.cli.params import UnitOption, click_params
from steward.interfaces.views.arranged import arrange_data, arrange_for_csv
from steward.interfaces.views.blocks import Table
from steward.interfaces.views.cells import cell
from steward.model.doc import Doc
from steward.model.quota import QuotaEntry

UNITS = re.compile(r"seconds|bytes|per second|percent\b|/s\b")
OWN_LAYOUT = {
    "LagSeconds": "lag writes 1m 54s",
    "ResourceForecast": "capacity writes each resource in its unit",
    "UsageRow": "quota writes each row in the unit of its quota",
    "CapacityRow": "quota writes each row in the unit of its quota",
}
COUNTS = {("HistoryPoint", "unknown_samples"), ("TopicFigures", "partitions_needed")}
ENTRY = QuotaEntry(
    entity=(("user", "alice"),),
    limits={
        "producer_byte_rate": 5e6,
        "request_percentage": 50.0,
        "controller_mutation_rate": 10.0,
    },
)


def types_in(hint: Any, seen: set[type]) -> Iterator[type]:
    """Yield every dataclass that a result holds, at any depth."""
    for part in get_args(hint):
        yield from types_in(part, seen)
    if isinstance(hint, type) and is_dataclass(hint) and hint not in seen:
        seen.add(hint)
        yield hint
        for inner in get_type_hints(hint, include_extras=True).values():
            yield from types_in(inner, seen)


def is_number(hint: Any) -> bool:
    if get_origin(hint) is Annotated:
        return is_number(get_args(hint)[0])
    is_union = get_origin(hint) in (Union, UnionType)
    return hint in (int, float) or (is_union and any(map(is_number, get_args(hint))))


def test_every_number_with_a_unit_is_written_with_it() -> None:
    seen: set[type] = set()
    bare: list[str] = []
    measured = 0
    for cls in (t for c in all_capabilities() for t in types_in(c.result, seen)):
        for name, hint in get_type_hints(cls, include_extras=True).items():
            docs = [a.text for a in getattr(hint, "__metadata__", ()) if isinstance(a, Doc)]
            said = f"{name.replace('_', ' ')} {' '.join(docs)}"
            if not is_number(hint) or not UNITS.search(said) or (cls.__name__, name) in COUNTS:
                continue
            measured += 1
            written = cell(1234.0, name, human=True)
            if not re.search("[A-Za-z%]", written) and cls.__name__ not in OWN_LAYOUT:
                bare.append(f"{cls.__name__}.{name}: {written}")
    assert bare == []
    assert measured > 50


def table_of(data: object) -> list[dict[str, str]]:
    table = next(b for b in arrange_data(data, wide=False) if isinstance(b, Table))
    heads = [c.field for c in table.columns]
    return [
        {h: cell(v, h, human=True) for h, v in zip(heads, row, strict=True)} for row in table.rows
    ]


def described() -> ClientQuotas:
    quotas = effective(QuotaDescribeParams(user="alice"), (ENTRY,))
    return ClientQuotas(user="alice", client_id=None, ip=None, quotas=quotas)


def test_a_quota_is_described_as_it_is_listed_and_as_it_was_entered() -> None:
    (listed,) = table_of(QuotaList(quotas=quota_rows([ENTRY])))
    limits = {row["quota"]: row["limit"] for row in table_of(described())}
    assert limits["producer_byte_rate"] == listed["producer_byte_rate"] == "5 MB/s"
    assert limits["request_percentage"] == listed["request_percentage"] == "50 %"
    assert limits["controller_mutation_rate"] == listed["controller_mutation_rate"] == "10/s"
    assert limits["consumer_byte_rate"] == listed["consumer_byte_rate"] == "-"


def test_programs_get_plain_numbers_of_quotas() -> None:
    (table,) = (b for b in arrange_for_csv(Answer(data=described())) if isinstance(b, Table))
    heads = [c.field for c in table.columns]
    row = dict(zip(heads, table.rows[0], strict=True))
    assert (row["limit"], row["unit"]) == (5e6, "bytes per second per broker")


NUMERIC = [
    (c.name, p)
    for c in all_capabilities()
    for p in click_params(c)
    if isinstance(p, click.Option)
    and p.show_default
    and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", str(p.default))
]


@pytest.mark.parametrize(("name", "option"), NUMERIC, ids=lambda p: str(getattr(p, "name", p)))
def test_a_number_as_default_has_its_unit_in_help(name: str, option: click.Option) -> None:
    assert isinstance(option, UnitOption)
    assert option.unit, f"{name} --{option.name}: give its Doc a unit"
    shown = option.get_help_extra(click.Context(click.Command("x")))["default"]
    assert shown == f"{option.default} {option.unit}"


def test_help_shows_the_rate_with_its_unit() -> None:
    rate = next(o for n, o in NUMERIC if (n, o.name) == ("reassignment.plan", "rate"))
    (_, text) = rate.get_help_record(click.Context(click.Command("x"))) or ("", "")
    assert "[default: 50 MB/s]" in text
