"""The JSON codec: values to the plain data of envelopes, and JSON Schemas of their types."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum, IntEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from steward.model.command import Command, Hint
from steward.model.doc import Doc
from steward.model.instant import Instant
from steward.model.unknown import NotApplicable, Unknown

Plain = Any
"""What json.dumps accepts: None, bool, int, float, str, list, dict with text keys."""


@dataclass(frozen=True, slots=True)
class UnknownFact:
    """An unknown fact in an answer: ``what`` (a field's path), ``of`` which object, and ``why``."""

    what: str
    of: str
    why: str


def to_plain(value: object) -> tuple[Plain, tuple[UnknownFact, ...]]:
    """Return a value as plain data, and its unknown facts.

    Shape: Unknown becomes null with an entry in the second result; NotApplicable becomes null; enumerations their
           value (severities their label); Instants ISO 8601 text; dataclasses mappings by field name.
    """
    unknown: list[UnknownFact] = []
    plain = _plain(value, "", "", unknown)
    return plain, tuple(dict.fromkeys(unknown))


class PlainValue(dict[str, Any]):
    """Plain data already, such as a document: passed through unchanged."""


_NAMING_FIELDS = ("name", "id", "group", "topic", "transactional_id")
_AS_IS = frozenset({str, int, float, bool, NoneType})

Unknowns = list[UnknownFact]
ValueWriter = Callable[[Any, str, str, Unknowns], Plain]
"""Converts a value, with its path, its owner and the list of unknown facts, to plain data."""


def _plain(value: object, path: str, owner: str, unknown: Unknowns) -> Plain:
    kind = type(value)
    return value if kind in _AS_IS else _writer(kind)(value, path, owner, unknown)


@cache
def _writer(kind: type[Any]) -> ValueWriter:
    """Choose the writer of each type once."""
    for base, writer in _WRITERS:
        if issubclass(kind, base):
            return writer
    if is_dataclass(kind):
        return _object_writer(kind)
    if issubclass(kind, (tuple, list)) and not hasattr(cast("Any", kind), "_fields"):
        return _sequence
    return _text  # a named tuple, such as TopicPartition, writes itself


def _unknown(value: Unknown, path: str, owner: str, unknown: Unknowns) -> Plain:
    unknown.append(UnknownFact(path, owner, str(value)))


def _null(*_: object) -> Plain:
    return None


def _document(value: PlainValue, *_: object) -> Plain:
    return dict(value)


def _text(value: object, *_: object) -> Plain:
    return str(value)


def _level(value: IntEnum, *_: object) -> Plain:
    return value.name.lower()


def _choice(value: Enum, *_: object) -> Plain:
    return value.value


def _mapping(value: Mapping[object, object], path: str, owner: str, unknown: Unknowns) -> Plain:
    return {
        str(k): v
        if type(v) in _AS_IS
        else _plain(v, f"{path}.{k}" if path else str(k), owner, unknown)
        for k, v in value.items()
    }


def _sequence(value: Iterable[object], path: str, owner: str, unknown: Unknowns) -> Plain:
    return [v if type(v) in _AS_IS else _plain(v, path, owner, unknown) for v in value]


def _set(value: Iterable[Any], path: str, owner: str, unknown: Unknowns) -> Plain:
    return _sequence(sorted(value), path, owner, unknown)


def _object_writer(kind: type[Any]) -> ValueWriter:
    names = _field_names(kind)

    def write(value: object, path: str, owner: str, unknown: Unknowns) -> Plain:
        owner = _owner(value, owner)
        plain: dict[str, Plain] = {}
        for name in names:
            inner = getattr(value, name)
            if type(inner) not in _AS_IS:
                inner = _plain(inner, f"{path}.{name}" if path else name, owner, unknown)
            plain[name] = inner
        return plain

    return write


_WRITERS: tuple[tuple[type[Any], ValueWriter], ...] = (
    (Unknown, _unknown),
    (NotApplicable, _null),
    (Instant, _text),
    (Command, _text),
    (Hint, _text),
    (IntEnum, _level),
    (Enum, _choice),
    (PlainValue, _document),
    (Mapping, _mapping),
    (frozenset, _set),
    (set, _set),
)
"""The first that fits; otherwise the type is a dataclass, a sequence or a text."""


def _owner(value: object, outer: str) -> str:
    """Name the owner of a fact: the object itself, or the one that contains it."""
    number = getattr(value, "partition", None)
    if isinstance(number, int):
        return f"{getattr(value, 'topic', outer)}-{number}"
    for name in _NAMING_FIELDS:
        found = getattr(value, name, None)
        if isinstance(found, (str, int)):
            return str(found)
    return outer


@cache
def _field_names(cls: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls) if not f.name.startswith("_"))


_SCALARS: Mapping[object, Plain] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Unknown: {"type": "null"},
    NotApplicable: {"type": "null"},
    Instant: {"type": "string", "format": "date-time"},
    Command: {"type": "string"},
    Hint: {"type": "string"},
    object: {},
    Any: {},
}


def schema_of(hint: Any) -> Plain:
    """Return the JSON Schema (2020-12) of `to_plain`'s result for a type; fields' Docs become descriptions."""
    definitions: dict[str, Plain] = {}
    schema = _schema(hint, definitions)
    return {**schema, "$defs": definitions} if definitions else schema


def _schema(hint: Any, definitions: dict[str, Plain]) -> Plain:
    if hint in _SCALARS:
        return dict(_SCALARS[hint])
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        doc = next((a for a in args[1:] if isinstance(a, Doc)), None)
        schema = _schema(args[0], definitions)
        return {**schema, "description": doc.text} if doc else schema
    if origin in (Union, UnionType):
        return _union([_schema(a, definitions) for a in args])
    if isinstance(hint, type) and issubclass(hint, Enum):
        values = [m.name.lower() if issubclass(hint, IntEnum) else m.value for m in hint]
        return {"type": "string", "enum": values}
    if origin is Literal:
        return {"type": "string", "enum": list(args)}
    if hasattr(cast("object", hint), "_fields"):  # a named tuple
        return {"type": "string"}
    if origin in (tuple, list, frozenset, set):
        return {"type": "array", "items": _schema(args[0], definitions)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(args[1], definitions)}
    return _reference(hint, definitions)


def _union(options: list[Plain]) -> Plain:
    distinct: list[Plain] = []
    for option in options:
        if option not in distinct:
            distinct.append(option)
    if len(distinct) == 1:
        return distinct[0]
    if all(set(o) == {"type"} for o in distinct):
        return {"type": [o["type"] for o in distinct]}
    return {"anyOf": distinct}


def _reference(cls: Any, definitions: dict[str, Plain]) -> Plain:
    """Define a dataclass once, and reference it."""
    if not is_dataclass(cls) or not isinstance(cls, type):
        raise TypeError(f"no JSON shape for {cls!r}")
    name = cls.__name__
    if name not in definitions:
        definitions[name] = {}
        hints = get_type_hints(cls, include_extras=True)
        names = _field_names(cls)
        definitions[name] = {
            "type": "object",
            "properties": {n: _schema(hints[n], definitions) for n in names},
            "required": list(names),
        }
    return {"$ref": f"#/$defs/{name}"}
