"""A capability that nobody has heard of appears on the command line without a line changed in the surfaces."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Annotated, Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from steward.commands.api import index
from steward.commands.api.context import Context
from steward.commands.api.envelope import envelope_schema
from steward.commands.api.index import Noun
from steward.commands.api.registry import Answer, Outcome, capability
from steward.interfaces.cli import root
from steward.model.doc import Doc
from steward.model.error import ObjectNotFound
from steward.model.unknown import Unknown, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighParams:
    """What to weigh."""

    names: Annotated[tuple[str, ...], Doc("records to weigh", positional=True)]
    unit: Annotated[str, Doc("how to say it", choices=("g", "kg"))] = "g"
    heavy: Annotated[bool, Doc("count heavy ones as findings")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """A weight."""

    name: Annotated[str, Doc("what was weighed")]
    weight: Annotated[float | Unknown, Doc("its weight")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Weights."""

    weights: tuple[Weight, ...]
    unit: str


@capability("scales.weigh", needs_cluster=False)
def weigh(params: WeighParams, context: Context) -> Answer[Weights]:
    """Weigh records."""
    if "gone" in params.names:
        raise ObjectNotFound(
            "record gone does not exist", remedy="weigh another", object_name="gone"
        )
    air = Unknown(Why.REFUSED, "it floats")
    rows = tuple(Weight(name=n, weight=air if n == "air" else float(len(n))) for n in params.names)
    outcome = Outcome.FINDINGS if params.heavy else Outcome.DONE
    return Answer(data=Weights(weights=rows, unit=params.unit), outcome=outcome)


@capability("scales.watch", needs_cluster=False)
def watch(params: WeighParams, context: Context) -> Iterator[Answer[Weights]]:
    """Weigh records again and again."""
    for unit in ("g", "kg"):
        yield Answer(data=Weights(weights=(), unit=unit))


@pytest.fixture(autouse=True)
def scales(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("steward.commands.scales.weigh")
    module.CAPABILITIES = (weigh, watch)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    nouns = (
        *index.NOUNS,
        Noun("scales", "scales", "weigh", "Weights of records", index.NOUNS_SECTION),
    )
    for user in (index, root):
        monkeypatch.setattr(user, "NOUNS", nouns)


def steward(*words: str) -> Result:
    return CliRunner().invoke(root.root_command(), words, prog_name="steward")


def test_it_stands_in_help() -> None:
    assert re.search(r"scales +Weights of records", steward("--help").output)
    assert "weigh" in steward("scales", "--help").output
    shown = steward("scales", "weigh", "--help").output
    assert "--unit [g|kg]" in shown
    assert "How to say it." in shown


def test_it_answers_in_the_envelope_of_its_own_schema() -> None:
    result = steward("scales", "weigh", "a", "air", "--unit", "kg", "-o", "json")
    document = json.loads(result.stdout)
    jsonschema.validate(document, envelope_schema(weigh))
    assert document["schema"] == "steward/scales.weigh/v1"
    assert document["data"]["unit"] == "kg"
    assert document["data"]["weights"] == [
        {"name": "a", "weight": 1.0},
        {"name": "air", "weight": None},
    ]
    assert document["unknown"] == [{"what": "weights.weight", "of": "air", "why": "it floats"}]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["a"], 0), (["a", "--heavy"], 3), (["gone"], 1), ([], 2), (["a", "--unit", "oz"], 2),
        (["a", "-o", "sarif"], 2),
    ],
)  # fmt: skip
def test_its_exit_codes_are_those_of_the_table(words: list[str], code: int) -> None:
    assert steward("scales", "weigh", *words).exit_code == code


def test_its_fault_is_one_line_and_in_json_an_envelope() -> None:
    result = steward("scales", "weigh", "gone", "-o", "json")
    assert "error: record gone does not exist" in result.stderr
    assert "Traceback" not in result.stderr
    document = json.loads(result.stdout)
    assert document["data"] is None
    assert document["errors"][0]["object"] == "gone"


def test_a_stream_is_an_envelope_a_line() -> None:
    lines = steward("scales", "watch", "a", "-o", "json").stdout.splitlines()
    assert [json.loads(line)["data"]["unit"] for line in lines] == ["g", "kg"]


def test_every_format_shows_it() -> None:
    for format in ("text", "wide", "yaml", "csv"):
        assert "air" in steward("scales", "weigh", "air", "-o", format).stdout
