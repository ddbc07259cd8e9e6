"""What is written as JSON or YAML is read back as it was, by any reader, and harms no terminal."""

import json
from math import inf, nan

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from steward.documents.json_text import read_json
from steward.documents.writing import json_text, yaml_text
from support.hostile import FRAGMENTS, unseen, whole

TEXT = st.one_of(st.text(st.characters(), max_size=20), st.sampled_from(FRAGMENTS))
PLAIN = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXT,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(TEXT.filter(lambda k: k == whole(k)), inner, max_size=4),
    ),
    max_leaves=12,
)
DOCUMENT = st.dictionaries(st.sampled_from(["data", "no", "1_000"]), PLAIN, min_size=1)


@given(DOCUMENT)
def test_json_is_read_back(value: object) -> None:
    for text in (json_text(value), json_text(value, indented=True)):
        text.encode()
        assert not unseen(text)
        assert json.loads(text) == msgspec.json.decode(text) == whole(value)


@given(DOCUMENT)
def test_yaml_is_the_same_data(value: object) -> None:
    for text in (yaml_text(value), yaml_text(value, width=100, fast=True)):
        text.encode()
        assert not unseen(text)
        assert yaml.safe_load(text) == yaml.load(text, yaml.CSafeLoader) == whole(value)


def test_numbers_that_json_does_not_have_are_null() -> None:
    value = {"a": [nan, inf, -inf, 1.5], "b": (nan,)}
    expected = {"a": [None, None, None, 1.5], "b": [None]}
    assert json.loads(json_text(value)) == expected
    assert yaml.safe_load(yaml_text({"a": [nan, inf, -inf, 1.5]})) == {"a": expected["a"]}


def test_a_large_document_is_written_alike() -> None:
    value = {"names": ["a\u202e\x9b\udc80😀"] * 100_000}
    text = json_text(value, indented=True)
    assert not unseen(text)
    assert json.loads(text) == whole(value)
    assert text.startswith('{\n  "names": [\n    "a\\u202e\\u009b')


def test_what_is_written_is_what_steward_reads() -> None:
    assert read_json(json_text({"name": "a\udc80\x1b\U000e0001"}), "x") == {
        "name": "a\ufffd\x1b\U000e0001"
    }


@pytest.mark.parametrize(
    "text", ["no", "y", "N", "1e5", "0o17", "0b1", "1_000", "12:30", "+1", ".5", "~", "null"]
)
def test_texts_that_some_reader_takes_for_something_else_are_quoted(text: str) -> None:
    assert yaml_text({"a": text}) == yaml_text({"a": text}, fast=True) == f"a: '{text}'\n"
