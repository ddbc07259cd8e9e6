"""JSON from outside: strict UTF-8, no duplicate keys, no NaN, limited in size, depth and numbers."""

import json
import math
import re
from typing import Any, NoReturn, TypeVar

from steward.documents.fault import (
    DEEPEST,
    DOCUMENT,
    LARGEST_INTEGER,
    Bounds,
    DocumentError,
    too_deep,
    too_many,
)
from steward.documents.text import text_of
from steward.documents.walk import check_depth
from steward.model.command import Command, command_of_line

T = TypeVar("T")

_DIGITS = len(str(LARGEST_INTEGER))
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LONG = re.compile(rf"[0-9]{{{_DIGITS}}}")
"""Digits of a number that may be too large; without them the library's own parser, which is faster, is as strict."""
_EXPONENT = re.compile(r"[0-9][eE]")
_REMEDY = "correct the file"


class _Refused(ValueError):
    """Input that the library accepts and steward does not."""


def read_json(content: bytes | str, name: str, bounds: Bounds = DOCUMENT) -> Any:
    """Return a JSON document as plain data.

    Errors: DocumentError, with line and column where they are known.
    """
    text = text_of(content, name, bounds)
    if text.count(",") + text.count("[") + text.count("{") > bounds.most_nodes:
        raise too_many(name, bounds)
    try:
        found = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant,
            parse_int=_integer if _LONG.search(text) else None,
            parse_float=_number if _LONG.search(text) or _EXPONENT.search(text) else None,
        )  # fmt: skip
        if _SURROGATE.search(text):
            json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError as fault:
        raise DocumentError(
            name, f"not JSON: {fault.msg}", line=fault.lineno, column=fault.colno, remedy=_REMEDY
        ) from None
    except _Refused as fault:
        raise DocumentError(name, str(fault), remedy=_REMEDY) from None
    except UnicodeEncodeError:
        raise DocumentError(
            name, "a string contains half of a surrogate pair", remedy=_REMEDY
        ) from None
    except RecursionError:
        raise too_deep(name) from None
    if text.count("[") + text.count("{") > DEEPEST:
        check_depth(found, name, bounds)
    return found


def read_typed(content: bytes | str, cls: type[T], name: str) -> T:
    """Return JSON written by steward itself, as a type.

    Errors: DocumentError, if it is damaged.
    """
    import msgspec

    try:
        return msgspec.json.decode(content, type=cls, dec_hook=_command)
    except RecursionError:
        raise too_deep(name) from None
    except (msgspec.DecodeError, ValueError) as fault:
        raise DocumentError(name, f"damaged: {fault}") from None


def _command(cls: type[Any], plain: Any) -> Any:
    """Decode types that JSON lacks: a command is its shell line; any value is an object.

    Errors: TypeError for a value of another type: the document is damaged.
    """
    if cls is Command and isinstance(plain, str):
        return command_of_line(plain)
    if isinstance(plain, cls):
        return plain
    raise TypeError(f"expected {cls.__name__}, found {type(plain).__name__}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(k for k, _ in pairs if k in seen or seen.add(k))
        raise _Refused(f"duplicate key {twice[:80]!r}")
    return found


def _constant(text: str) -> NoReturn:
    raise _Refused(f"{text} is not a JSON number")


def _integer(text: str) -> int:
    if len(text) >= _DIGITS and (len(text) > _DIGITS + 1 or abs(int(text)) > LARGEST_INTEGER):
        raise _Refused(f"number {text[:24]}... exceeds {LARGEST_INTEGER:,}")
    return int(text)


def _number(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise _Refused(f"number {text[:24]} is too large")
    return found
