"""Writes JSON without characters that act on a terminal or are invisible."""

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, cast

_LARGE = 1_000_000
"""Size in characters from which another library indents a document."""
_ESCAPED = re.compile(r"[^\x20-\x7e\n]")
"""Characters that may need escaping; newlines come only from the writer, because those in values are escaped."""
HALF_PAIR = re.compile("[\ud800-\udfff]")


def json_text(value: object, *, indented: bool = False) -> str:
    """Write plain data as JSON, on one line or indented."""
    text = escaped(_dumped(value, separators=(",", ":")))
    if not indented:
        return text
    if len(text) < _LARGE:
        return escaped(_dumped(value, indent=2))
    # json indents in Python: seconds for 20 MB. msgspec gives the same result; smaller texts do not justify its import.
    import msgspec

    return msgspec.json.format(text, indent=2)


def canonical_json(value: object) -> bytes:
    """Write plain data in canonical form for hashing: sorted keys, no spaces, UTF-8."""
    form: dict[str, Any] = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": False}
    text = json.dumps(value, **form)
    whole = HALF_PAIR.sub("\N{REPLACEMENT CHARACTER}", text)
    return (text if whole == text else json.dumps(json.loads(whole), **form)).encode()


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


def escaped(text: str) -> str:
    """Escape invisible characters as both JSON and YAML do."""
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
