"""Documents from outside: each bound is one line with its place, and what is within it is read."""

import json
from pathlib import Path

import pytest

from steward.documents.fault import DEEPEST, Bounds, DocumentError
from steward.documents.files import read_file, read_text
from steward.documents.json_text import read_json
from steward.documents.nodes import MappingNode, ScalarNode, SequenceNode
from steward.documents.toml_text import read_toml
from steward.documents.yaml_text import read_yaml

SMALL = Bounds(most_bytes=1000, most_nodes=50)
JSON = {
    "[" * 50_000: "f: it is nested more than 64 levels deep",
    '{"a":' * 50_000: "f: it is nested more than 64 levels deep",
    "[" * 65 + "]" * 65: "f: it is nested more than 64 levels deep",
    '{"a": 1, "b": {"c": 2, "c": 2}}': "f: duplicate key 'c'",
    "[NaN]": "f: NaN is not a JSON number",
    "[-Infinity]": "f: -Infinity is not a JSON number",
    "[1e999]": "f: number 1e999 is too large",
    "[" + "9" * 5000 + "]": "exceeds 9,223,372,036,854,775,807",
    "[9223372036854775808]": "exceeds 9,223,372,036,854,775,807",
    '["\\ud800"]': "f: a string contains half of a surrogate pair",
    '{"a":\n  x}': "f:2:3: not JSON: Expecting value",
    "": "f:1:1: not JSON",
    '{"a\x01": 1}': "f:1:4: not JSON: Invalid control character",
}
YAML = {
    "[" * 50_000: "f:1: it is nested more than 64 levels deep",
    "{a: " * 50_000: "f:1: it is nested more than 64 levels deep",
    "- " * 50_000: "f:1: it is nested more than 64 levels deep",
    "? " * 50_000: "f:1: it is nested more than 64 levels deep",
    "".join("\n" + " " * n + "a:" for n in range(200)): "it is nested more than 64 levels deep",
    "a: &x\n  - *x": "f:2: *x refers to itself",
    "a: *x": "f:1: *x has no anchor &x",
    "a: [\nb": "f:3: not YAML",
    "a: \x00": "f:1: not YAML",
    "\n".join(
        ["a0: &a0 [1, 1]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    ): "values",
    "\n".join(
        ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 80))]
    ): "64 levels deep",
}
TOML = {
    "a = " + "[" * 50_000: "f: it is nested more than 64 levels deep",
    "a = " + "{a=" * 50_000: "f: it is nested more than 64 levels deep",
    ".".join("a" * 200) + " = 1": "f: it is nested more than 64 levels deep",
    "[a]\nb = nan": "f: a.b is nan",
    "a = [1.0, -inf]": "f: a[1] is -inf",
    "a = 99999999999999999999": "f: a exceeds 9,223,372,036,854,775,807",
    "a = " + "9" * 5000: "f: not valid TOML",
    "a = 1\na = 2": "f:2: not valid TOML",
    "a = 1979-13-45": "not valid TOML",
}


@pytest.mark.parametrize(("text", "said"), JSON.items(), ids=range(len(JSON)))
def test_json(text: str, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_json(text, "f")
    assert said in caught.value.summary
    assert "\n" not in caught.value.summary
    assert caught.value.remedy


@pytest.mark.parametrize(("text", "said"), YAML.items(), ids=range(len(YAML)))
def test_yaml(text: str, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        list(read_yaml(text, "f", lambda *_: None))
    assert said in caught.value.summary
    assert "\n" not in caught.value.summary
    assert caught.value.remedy


@pytest.mark.parametrize(("text", "said"), TOML.items(), ids=range(len(TOML)))
def test_toml(text: str, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_toml(text, "f")
    assert said in caught.value.summary
    assert "\n" not in caught.value.summary
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("a: {b: 1, b: 2}", (1, "duplicate key a.b", "remove one of them")),
        ("a:\n- {<<: {b: 1}}", (2, "a[0] uses a merge key (<<)", "write the keys out")),
        ("a: !!python/object:os.system x", (1, "a has the tag tag:yaml.org,2002:python/object:os.system", "")),
        ("? [a]\n: 1", (1, "the document has a list as a key", "write keys as plain words")),
    ],
)  # fmt: skip
def test_yaml_that_means_two_things_is_noted_and_left_out(
    text: str, note: tuple[int, str, str]
) -> None:
    notes: list[tuple[int, str, str]] = []
    list(read_yaml(text, "f", lambda *found: notes.append(found)))
    assert [(line, said) for line, said, _ in notes] == [note[:2]]
    assert notes[0][2].startswith(note[2])


@pytest.mark.parametrize("content", [b"\xff", b'{"a": "\xed\xa0\x80"}', b"a\xc3"])
def test_what_is_not_utf8_is_refused_with_its_line(content: bytes) -> None:
    for read in (read_json, read_toml):
        with pytest.raises(DocumentError, match="f:2: not UTF-8 text"):
            read(b"\n" + content, "f")


def test_size_and_count_are_bounded() -> None:
    for read in (read_json, read_toml):
        with pytest.raises(DocumentError, match="larger than 1,000 bytes"):
            read(b" " * 1001, "f", SMALL)
    with pytest.raises(DocumentError, match="more than 50 values"):
        read_json("[" + "1," * 60 + "1]", "f", SMALL)
    with pytest.raises(DocumentError, match="more than 50 values"):
        list(read_yaml("- 1\n" * 60, "f", lambda *_: None, SMALL))


def test_what_is_within_the_bounds_is_read() -> None:
    deep = "[" * DEEPEST + "]" * DEEPEST
    assert json.dumps(read_json("\ufeff" + deep, "f")) == deep
    assert read_json(b'{"a": [1, -0.5, "\xc3\xa4", 9223372036854775807, null, true]}', "f") == {
        "a": [1, -0.5, "ä", 2**63 - 1, None, True]
    }
    assert read_toml(b"\xef\xbb\xbfa = [1, 2.5]", "f") == {"a": [1, 2.5]}
    (found,) = read_yaml("a: &x [1, '~']\nb: *x", "f", lambda *_: None)
    assert isinstance(found, MappingNode)
    (_, first), (_, second) = found.value
    assert first is second
    assert isinstance(first, SequenceNode)
    one, two = first.value
    assert isinstance(one, ScalarNode)
    assert isinstance(two, ScalarNode)
    assert (one.value, one.is_plain, two.is_plain, one.line) == ("1", True, False, 1)


def test_files_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"^none cannot be read: No such file"):
        read_file(tmp_path / "none", "none")
    with pytest.raises(DocumentError, match=r"^it cannot be read: Is a directory"):
        read_text(tmp_path, "it")
    with pytest.raises(DocumentError, match=r"^a cannot be read: embedded null byte"):
        read_text(Path("a\x00b"), "a")
    with pytest.raises(DocumentError, match=r"^/dev/zero: it is larger than 1,000 bytes"):
        read_text(Path("/dev/zero"), "/dev/zero", SMALL)
