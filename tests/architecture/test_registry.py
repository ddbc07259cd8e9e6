"""Every capability can be shown: named once, documented to the last parameter, its examples parse."""

from typing import Any

import click
import jsonschema
import pytest

from steward.commands.api.envelope import envelope_schema
from steward.commands.api.index import NOUNS, Noun, all_capabilities, capabilities_of
from steward.commands.api.registry import Capability, capability
from steward.interfaces.cli.options import REPORT_FORMATS, global_options
from steward.interfaces.cli.params import click_params
from steward.interfaces.sorting import columns_of
from steward.model.doc import field_docs
from support.shown_commands import refusal_of

CAPABILITIES = all_capabilities()


def by_name(value: Any) -> str:
    return value.name if isinstance(value, (Capability, Noun)) else str(value)


EXAMPLES = [(c, example) for c in CAPABILITIES for example in c.examples]


@pytest.mark.parametrize("noun", NOUNS, ids=by_name)
def test_every_noun_offers_capabilities_of_its_name(noun: Noun) -> None:
    offered = capabilities_of(noun)
    assert offered
    assert {c.noun for c in offered} == {noun.name}
    assert noun.help
    assert not noun.help.endswith(".")


def test_names_are_unique() -> None:
    names = [c.name for c in CAPABILITIES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("found", CAPABILITIES, ids=by_name)
def test_it_is_documented(found: Capability) -> None:
    assert 10 < len(found.summary) < 100
    assert all(doc.text.strip() for _, doc in field_docs(found.params).values())
    assert set(found.formats) <= set(REPORT_FORMATS)


@pytest.mark.parametrize("found", CAPABILITIES, ids=by_name)
def test_every_list_can_be_sorted(found: Capability) -> None:
    assert found.is_list == (found.verb.rpartition(".")[2] == "list")
    if found.is_list:
        assert columns_of(found)


@pytest.mark.parametrize("found", CAPABILITIES, ids=by_name)
def test_its_schema_is_a_json_schema(found: Capability) -> None:
    jsonschema.Draft202012Validator.check_schema(envelope_schema(found))


@pytest.mark.parametrize("found", CAPABILITIES, ids=by_name)
def test_it_needs_a_cluster_when_it_reads_parts_of_one(found: Capability) -> None:
    assert found.needs_cluster or not found.parts


@pytest.mark.parametrize("found", CAPABILITIES, ids=by_name)
def test_its_options_do_not_clash_with_the_global_ones(found: Capability) -> None:
    def spelled(params: list[click.Parameter]) -> list[str]:
        return [name for p in params for name in (*p.opts, *p.secondary_opts)]

    taken = {*spelled([*global_options()]), "--help", "-h", "--version"}
    own = spelled([p for p in click_params(found) if isinstance(p, click.Option)])
    assert not taken & set(own)
    assert len(own) == len(set(own))
    names = {p.name for p in global_options()}
    assert not names & {p.name for p in click_params(found)}


@pytest.mark.parametrize(("found", "example"), EXAMPLES, ids=by_name)
def test_its_example_parses_and_is_its_own(
    found: Capability, example: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal_of(example, monkeypatch) == ""
    assert example.startswith(f"steward {found.noun}")


def test_what_is_not_documented_is_refused() -> None:
    def silent(params: object, context: object) -> None: ...

    with pytest.raises(TypeError, match="has no docstring"):
        capability("topic.vanish")(silent)
