"""Decode Kafka's flexible messages from a description of their fields, a line each.

A field is ``name:type``; ``[]`` before the type is an array, ``(...)`` a structure, ``@2`` the version that added the
field, ``~0`` the number of a tagged field. Encoding: compact strings, bytes and arrays, then tagged fields (KIP-482).
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from struct import Struct
from typing import Any

from steward.records.record_heads import unsigned_varint

_FIELD = re.compile(r"\s*(?P<name>\w+):(?P<array>\[\])?(?:(?P<type>\w+)|(?P<struct>\())")
_SUFFIX = re.compile(r"(?:@(?P<since>\d+))?(?:~(?P<tag>\d+))?")
_FIXED = {
    "int8": Struct(">b"),
    "int16": Struct(">h"),
    "uint16": Struct(">H"),
    "int32": Struct(">i"),
    "int64": Struct(">q"),
    "float64": Struct(">d"),
    "bool": Struct(">?"),
}
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class MessageField:
    """One field: ``type`` is a primitive type, or empty for a structure of ``fields``; ``tag`` is -1 without one."""

    name: str
    type: str
    fields: tuple["MessageField", ...]
    is_array: bool
    since: int
    tag: int


@cache
def fields_of(text: str) -> tuple[MessageField, ...]:
    """Read a description of fields.

    Errors: ValueError where it is malformed.
    """
    fields, rest = _parsed(text)
    if rest.strip():
        raise ValueError(f"malformed at {rest!r}")
    return fields


def _parsed(text: str) -> tuple[tuple[MessageField, ...], str]:
    found: list[MessageField] = []
    while match := _FIELD.match(text):
        text = text[match.end() :]
        inner: tuple[MessageField, ...] = ()
        if match["struct"]:
            inner, text = _parsed(text)
            if not text.startswith(")"):
                raise ValueError("a structure is not closed")
            text = text[1:]
        suffix = _SUFFIX.match(text)
        since, tag = (suffix["since"], suffix["tag"]) if suffix else (None, None)
        text = text[suffix.end() :] if suffix else text
        found.append(
            MessageField(
                match["name"],
                match["type"] or "",
                inner,
                is_array=bool(match["array"]),
                since=int(since or 0),
                tag=-1 if tag is None else int(tag),
            )
        )
    return tuple(found), text


def decode(
    fields: tuple[MessageField, ...], version: int, data: memoryview, at: int
) -> tuple[dict[str, Any], int]:
    """Decode a message, and return it with the position after it; tagged fields that are absent are left out.

    Errors: IndexError, ValueError, struct.error, UnicodeDecodeError where the data are no such message.
    """
    found: dict[str, Any] = {}
    for field in fields:
        if field.tag < 0 and field.since <= version:
            found[field.name], at = _value(field, version, data, at)
    count, at = unsigned_varint(data, at)
    tagged = {field.tag: field for field in fields if field.tag >= 0}
    for _ in range(count):
        tag, at = unsigned_varint(data, at)
        size, at = unsigned_varint(data, at)
        if at + size > len(data):
            raise IndexError
        known = tagged.get(tag)
        if known is None:
            found[f"tag{tag}"] = bytes(data[at : at + size]).hex()
        else:
            found[known.name], _ = _value(known, version, data, at)
        at += size
    return found, at


def _value(field: MessageField, version: int, data: memoryview, at: int) -> tuple[Any, int]:
    if not field.is_array:
        return _single(field, version, data, at)
    count, at = unsigned_varint(data, at)
    if not count:
        return None, at
    if count - 1 > len(data) - at:
        raise IndexError
    items: list[Any] = []
    for _ in range(count - 1):
        item, at = _single(field, version, data, at)
        items.append(item)
    return items, at


def _single(field: MessageField, version: int, data: memoryview, at: int) -> tuple[Any, int]:
    if not field.type:
        return decode(field.fields, version, data, at)
    fixed = _FIXED.get(field.type)
    if fixed is not None:
        return fixed.unpack_from(data, at)[0], at + fixed.size
    return _OTHER[field.type](data, at)


def _bytes(data: memoryview, at: int) -> tuple[bytes | None, int]:
    length, at = unsigned_varint(data, at)
    if not length:
        return None, at
    end = at + length - 1
    if end > len(data):
        raise IndexError
    return bytes(data[at:end]), end


def _text(data: memoryview, at: int) -> tuple[str | None, int]:
    found, at = _bytes(data, at)
    return None if found is None else found.decode(), at


def _base64(data: memoryview, at: int) -> tuple[str | None, int]:
    found, at = _bytes(data, at)
    return None if found is None else base64.b64encode(found).decode(), at


def _uuid(data: memoryview, at: int) -> tuple[str, int]:
    """Read an id, and write it as Kafka does."""
    end = at + _ID_BYTES
    if end > len(data):
        raise IndexError
    return base64.urlsafe_b64encode(data[at:end]).decode().rstrip("="), end


_OTHER: Mapping[str, Callable[[memoryview, int], tuple[Any, int]]] = {
    "string": _text,
    "bytes": _base64,
    "uuid": _uuid,
}
