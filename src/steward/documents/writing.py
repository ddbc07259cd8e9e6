"""JSON and YAML as they are written: the same data in both, and no character that acts on a terminal or hides.

Such characters are written as escapes, so that reading gives the values back. Half of a surrogate pair is no
character, and readers refuse it: it becomes U+FFFD. Numbers that JSON does not have (NaN, infinity) are null.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from math import isfinite
from typing import Any, cast

_LARGE = 1_000_000
"""Characters from which on it pays to have a document indented by another library."""
_ESCAPED = re.compile(r"[^\x20-\x7e\n]")
"""What may have to be escaped: the newline is the writer's own, since one in a value is escaped already."""
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_READ_AS_OTHER = re.compile(
    r"[-+]?(\.?[0-9][0-9_,.:]*([eE][-+]?[0-9]+)?|0[box][0-9a-fA-F_]+)|y|n", re.IGNORECASE
)
"""Texts that one version of YAML or another takes for a number or a truth value."""


def json_text(value: object, *, indented: bool = False) -> str:
    """Write plain data as JSON, on one line or indented."""
    text = _escaped(_dumped(value, separators=(",", ":")))
    if not indented:
        return text
    if len(text) < _LARGE:
        return _escaped(_dumped(value, indent=2))
    # json indents in Python: seconds for 20 MB. msgspec indents alike, and is not worth its import for less.
    import msgspec

    return msgspec.json.format(text, indent=2)


def canonical_json(value: object) -> bytes:
    """Write plain data in the one form that a hash is made of: keys sorted, no blanks, UTF-8."""
    form: dict[str, Any] = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": False}
    text = json.dumps(value, **form)
    whole = _HALF_PAIR.sub("\N{REPLACEMENT CHARACTER}", text)
    return (text if whole == text else json.dumps(json.loads(whole), **form)).encode()


def yaml_text(value: object, *, width: int | None = None, fast: bool = False) -> str:
    """Write plain data as YAML, its keys in their order; ``fast`` wraps at other places, and is for large documents."""
    import yaml

    return _escaped(
        yaml.dump(
            value,
            Dumper=_dumper(fast=fast),
            sort_keys=False,
            allow_unicode=True,
            width=cast("Any", width),
            default_flow_style=False,
        )
    )


def _dumped(value: object, **form: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, **form)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, **form)


def _finite(value: object) -> object:
    """Return plain data with null in place of numbers that JSON does not have."""
    match value:
        case float():
            return value if isfinite(value) else None
        case Mapping():
            items = cast("Mapping[object, object]", value).items()
            return {key: _finite(inner) for key, inner in items}
        case list() | tuple():
            return [_finite(inner) for inner in cast("list[object]", value)]
        case _:
            return value


def _escaped(text: str) -> str:
    """Write what does not show itself as JSON and YAML both escape it."""
    if text.isascii() and "\x7f" not in text:
        return text
    return _ESCAPED.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable():
        return character
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        return "\N{REPLACEMENT CHARACTER}"
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


@cache
def _dumper(*, fast: bool) -> type[Any]:
    """Return a dumper that quotes what has to be escaped, and what any reader could take for something else."""
    import yaml

    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper) if fast else yaml.SafeDumper
    dumper: Any = type("Dumper", (base,), {})
    dumper.add_representer(str, _represent_text)
    dumper.add_representer(float, _represent_float)
    return dumper


def _represent_text(dumper: Any, text: str) -> Any:
    style = None
    if not text.isprintable():
        text, style = _HALF_PAIR.sub("\N{REPLACEMENT CHARACTER}", text), '"'
    elif _READ_AS_OTHER.fullmatch(text):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_float(dumper: Any, value: float) -> Any:
    return dumper.represent_float(value) if isfinite(value) else dumper.represent_none(None)
