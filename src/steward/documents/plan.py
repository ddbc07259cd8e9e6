"""A plan as a document: plain data for files and journals, read back strictly, its id and its checksum."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from steward.documents.fault import DocumentError
from steward.documents.json_text import read_json
from steward.documents.json_writing import canonical_json
from steward.model.change import CHANGE_NAMES, CHANGES, LEFT_OUT_WHERE_EMPTY, Change
from steward.model.command import ClusterOptions, Command, Hint, Phrase
from steward.model.error import ConfigurationError, PlanEdited
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import Plan

PlanData = Any
VERSION = 2
_WITHOUT_CHECKSUM = 1
"""Documents of this version have no checksum: their id is a hash of everything else."""
_ID_LENGTH = 16
_CIRCUMSTANCES = ("id", "title", "created_at", "expires_at", "made_by", "source", "reads")
"""Who made a plan, when and of which files: the id does not depend on these, the checksum does."""
DAMAGED = (LookupError, TypeError, ValueError, AttributeError, OverflowError)
"""Exceptions from reading plain data of another shape."""


def plan_id(plan: Plan) -> str:
    """Return the hash of what a plan does to which cluster: the same changes of the same state have the same id."""
    return _id_of(_encode(plan))


def _id_of(plain: PlanData) -> str:
    return _hash({k: v for k, v in plain.items() if k not in _CIRCUMSTANCES})[:_ID_LENGTH]


def _id_without_checksum(plain: PlanData) -> str:
    return _hash({k: v for k, v in plain.items() if k != "id"})[:_ID_LENGTH]


def _hash(plain: PlanData) -> str:
    return hashlib.sha256(canonical_json(plain)).hexdigest()


def plan_to_plain(plan: Plan) -> PlanData:
    """Return a plan as what JSON takes: times in epoch milliseconds, each change with its type.

    A plan that an earlier version made keeps its id, and is written as that version wrote it.
    """
    plain = _encode(plan)
    if plan.id != _id_of(plain) and plan.id == _id_without_checksum(plain):
        return {"steward_plan": _WITHOUT_CHECKSUM, **plain}
    return {"steward_plan": VERSION, "checksum": _hash(plain), **plain}


def plan_from_plain(plain: PlanData, place: str) -> Plan:
    """Read a plan back.

    Errors: ConfigurationError, if it is no plan or of another version; PlanEdited, if it does not match its id.
    """
    if not isinstance(plain, Mapping) or "steward_plan" not in plain:
        raise ConfigurationError(f"{place} is not a plan", remedy="use a file with a saved plan")
    body = dict(cast("Mapping[str, Any]", plain))
    version = body.pop("steward_plan")
    if version not in (_WITHOUT_CHECKSUM, VERSION):
        raise ConfigurationError(
            f"{place} is a plan of version {version!r}, and this steward reads versions up to {VERSION}",
            remedy="make the plan again",
        )
    checksum = body.pop("checksum", None) if version == VERSION else None
    try:
        plan: Plan = _decode(Plan, body)
    except DAMAGED as e:
        raise ConfigurationError(
            f"{place} is not a complete plan: {type(e).__name__} {e}",
            remedy="create the plan again",
        ) from None
    written = _encode(plan)
    if version == _WITHOUT_CHECKSUM:
        is_whole = plan.id == _id_without_checksum(written)
    else:
        is_whole = plan.id == _id_of(written) and checksum == _hash(written)
    if not is_whole:
        raise PlanEdited(
            f"{place} was edited: its content does not match its id {plan.id} and its checksum",
            remedy="change the manifests, not the plan, and plan again",
        )
    return plan


def encode(value: object) -> PlanData:
    """Return a value of a plan, such as a step's result, as plain data."""
    return _encode(value)


def decode(cls: type[Any], plain: PlanData) -> Any:
    """Read such a value back.

    Errors: those of `DAMAGED`.
    """
    return _decode(cls, plain)


def decode_text(cls: type[Any], text: str) -> Any | None:
    """Read a value stored as JSON; None where it is damaged."""
    try:
        return _decode(cls, read_json(text, "stored value"))
    except (DocumentError, *DAMAGED):
        return None


PlanWriter = Callable[[Any], PlanData]
"""Converts a value of one type to plain data."""


def _encode(value: Any) -> PlanData:
    write = _writer(cast("type[Any]", type(value)))
    return value if write is None else write(value)


@cache
def _writer(hint: Any) -> PlanWriter | None:
    """Return the converter of a type; None where its values are plain data already.

    Thousands of steps are written at a time, so the type is inspected once.
    """
    if hint == Change:
        return _change
    if hint is Instant:
        return attrgetter("ms")
    if hint is TopicPartition:
        return str
    if hint == Phrase or hint is Hint:
        return _phrase
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _writer(args[0])
    if origin in (Union, UnionType):
        return _optional(_writer(next(a for a in args if a is not NoneType)))
    if origin is tuple:
        return _tuple(args)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(_writer(args[0]), _writer(args[1]))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return attrgetter("value")
    return _object(hint) if is_dataclass(cast("Any", hint)) else None


def _change(change: Any) -> PlanData:
    """Write a change with its type."""
    return {"type": CHANGE_NAMES[type(change)], **_encode(change)}


def _phrase(text: str) -> PlanData:
    """Write a text; one with commands as its sentences and the commands' arguments, to be completed when read."""
    if not isinstance(text, Hint) or all(isinstance(part, str) for part in text.parts):
        return str(text)
    return [
        {"args": list(part.args), "reach": part.reach.value, "old_option": part.old_option}
        if isinstance(part, Command)
        else part
        for part in text.parts
    ]


def _read_phrase(plain: PlanData) -> str:
    """Read a text back; earlier versions wrote a plain string."""
    if isinstance(plain, str):
        return plain
    return Hint(*(part if isinstance(part, str) else _read_command(part) for part in plain))


def _read_command(plain: PlanData) -> Command:
    return Command(
        _decode(tuple[str, ...], plain["args"]),
        ClusterOptions(plain["reach"]),
        _decode(str, plain["old_option"]),
    )


def _optional(write: PlanWriter | None) -> PlanWriter | None:
    return None if write is None else lambda value: None if value is None else write(value)


def _tuple(args: tuple[Any, ...]) -> PlanWriter:
    if len(args) == 2 and args[1] is Ellipsis:
        write = _writer(args[0])
        return list if write is None else lambda values: [write(value) for value in values]
    writers = [_writer(arg) or _same for arg in args]
    return lambda values: [w(value) for w, value in zip(writers, values, strict=True)]


def _mapping(key: PlanWriter | None, value: PlanWriter | None) -> PlanWriter:
    if key is None and value is None:
        return dict
    name, inner = key or _same, value or _same
    return lambda values: {name(k): inner(v) for k, v in values.items()}


def _same(value: PlanData) -> PlanData:
    return value


def _object(cls: Any) -> PlanWriter:
    hints = _hints(cls)
    names = tuple(hints)
    get = attrgetter(*names)
    further = [(name, found) for name, hint in hints.items() if (found := _writer(hint))]
    later = _later(cls)

    def write(value: Any) -> PlanData:
        found = get(value)
        plain = dict(zip(names, found if len(names) > 1 else (found,), strict=True))
        for name, inner in further:
            plain[name] = inner(plain[name])
        for name in later:
            if not plain[name]:
                del plain[name]
        return plain

    return write


@cache
def _later(cls: type[Any]) -> frozenset[str]:
    """Name the fields that were added later, and are omitted where they are empty."""
    return frozenset(f.name for f in fields(cls) if f.metadata == LEFT_OUT_WHERE_EMPTY)


def _decode(hint: Any, plain: PlanData) -> Any:
    if hint == Change:
        return _decode(CHANGES[plain["type"]], {k: v for k, v in plain.items() if k != "type"})
    if hint is Instant:
        return Instant(int(plain))
    if hint is TopicPartition:
        topic, _, number = str(plain).rpartition("-")
        return TopicPartition(topic, int(number))
    if hint == Phrase:
        return _read_phrase(plain)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _decode(args[0], plain)
    if origin in (Union, UnionType):
        return None if plain is None else _decode(next(a for a in args if a is not NoneType), plain)
    if origin is tuple:
        return _decode_tuple(args, plain)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {_decode(args[0], k): _decode(args[1], v) for k, v in plain.items()}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(plain)
    if is_dataclass(cast("Any", hint)):
        return _decode_dataclass(cast("Any", hint), plain)
    return _scalar(hint, plain)


def _decode_dataclass(cls: Any, plain: PlanData) -> Any:
    hints = _hints(cls)
    amiss = (set(plain) ^ set(hints)) - (_later(cls) - set(plain))
    if amiss:
        raise KeyError(f"{cls.__name__}: {', '.join(sorted(amiss))}")
    return cls(**{name: _decode(hints[name], v) for name, v in plain.items()})


def _decode_tuple(args: tuple[Any, ...], plain: PlanData) -> Any:
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_decode(args[0], item) for item in plain)
    return tuple(_decode(arg, item) for arg, item in zip(args, plain, strict=True))


def _scalar(hint: Any, plain: PlanData) -> Any:
    if hint is float and isinstance(plain, int) and not isinstance(plain, bool):
        return float(plain)
    if type(plain) is not hint:
        raise TypeError(f"{plain!r} is not {getattr(hint, '__name__', hint)}")
    return plain


@cache
def _hints(cls: type[Any]) -> dict[str, Any]:
    names = {f.name for f in fields(cls)}
    return {k: v for k, v in get_type_hints(cls, include_extras=True).items() if k in names}
