"""Values made by their type: results of every capability, empty, unknown, full of rows, with any text inside."""

import random
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from steward.commands.api.envelope import Document
from steward.commands.api.registry import Answer, Capability
from steward.commands.check.audit import CHECKS
from steward.model.command import HOLDS_COMMANDS, Command, Hint, steward
from steward.model.doc import Doc
from steward.model.finding import Finding
from steward.model.instant import Instant
from steward.model.unknown import NotApplicable, Unknown, Why

ABSENT = (NoneType, Unknown, NotApplicable)
_DEPTH = 12

Text = Callable[[random.Random], str]


def plain_text(chance: random.Random) -> str:
    """Return a name like any other."""
    return chance.choice(("orders", "app-1", "a b", "", "2", "User:app", "x" * 70))


class Maker:
    """Makes values of a type; ``kind`` says which: empty, none, unknown, one, many or mixed."""

    def __init__(self, seed: int, kind: str = "mixed", text: Text = plain_text) -> None:
        self.chance = random.Random(seed)
        self.kind = kind
        self.text = text

    def make(self, hint: Any, depth: int = 0) -> Any:
        """Return a value of a type."""
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated and HOLDS_COMMANDS in args:
            said = self.text(self.chance)
            return Hint(said, " with: ", steward("group describe", said), f"; or {said}")
        if origin is Annotated:
            choices = [c for a in args[1:] if isinstance(a, Doc) for c in a.choices]
            return self.chance.choice(choices) if choices else self.make(args[0], depth)
        if origin in (Union, UnionType):
            return self.make(self._option(args, depth), depth)
        if origin is Literal:
            return self.chance.choice(args)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return self.chance.choice(list(hint))
        if hint in _SCALARS:
            return _SCALARS[hint](self)
        if isinstance(hint, type) and is_dataclass(hint):
            return self._object(hint, depth)
        if hasattr(hint, "_fields"):
            hints = get_type_hints(hint)
            return hint(*(self.make(hints[name], depth + 1) for name in hint._fields))
        return self._collection(origin or hint, args, depth)

    def _option(self, options: Sequence[Any], depth: int) -> Any:
        absent = [o for o in options if o in ABSENT]
        present = [o for o in options if o not in ABSENT]
        if not present or (absent and depth > _DEPTH):
            return absent[0]
        if self.kind == "unknown" and Unknown in absent:
            return Unknown
        if self.kind in ("none", "empty") and NoneType in absent:
            return NoneType
        if self.kind in ("one", "many") or self.chance.random() < 0.6:
            return self.chance.choice(present)
        return self.chance.choice(list(options))

    def _object(self, cls: type[Any], depth: int) -> Any:
        hints = _hints(cls)
        values = {f.name: self.make(hints[f.name], depth + 1) for f in fields(cls) if f.init}
        if issubclass(cls, Finding):  # a finding is of a rule that exists
            values["check"] = self.chance.choice(CHECKS).name
        if cls is Document:
            values["body"] = {"a": [self.text(self.chance), None, 1, {"b": True}]}
        return cls(**values)

    def _size(self, depth: int) -> int:
        if self.kind == "empty" or depth > _DEPTH:
            return 0
        if self.kind == "many" and depth <= 2:
            return 30
        return 1 if self.kind in ("one", "many") else self.chance.choice((0, 1, 2, 3))

    def _collection(self, origin: Any, args: tuple[Any, ...], depth: int) -> Any:
        if origin is tuple and args and args[-1] is not Ellipsis:
            return tuple(self.make(a, depth + 1) for a in args)
        size = self._size(depth)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {
                self.make(args[0], depth + 1): self.make(args[1], depth + 1) for _ in range(size)
            }
        items = [self.make(args[0], depth + 1) for _ in range(size)]
        if isinstance(origin, type) and issubclass(origin, AbstractSet):
            return frozenset(items)
        if origin is list:
            return items
        if isinstance(origin, type) and issubclass(origin, (tuple, Sequence)):
            return tuple(items)
        raise TypeError(f"no value for {origin!r}")


def answer_of(capability: Capability, maker: Maker) -> Answer[Any]:
    """Return an answer as the capability gives it, made by its type."""
    hints = _hints(Answer)
    parts = {f.name: maker.make(hints[f.name], 1) for f in fields(Answer) if f.name != "data"}
    return Answer(data=maker.make(capability.result), **parts)


@cache
def _hints(cls: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(cls, include_extras=True)


_SCALARS: Mapping[Any, Callable[[Maker], Any]] = {
    str: lambda m: m.text(m.chance),
    int: lambda m: m.chance.choice((0, 1, 2, 7, 1234567, -1)),
    float: lambda m: m.chance.choice((0.0, 0.25, 1.0, 93.5, 1e12)),
    bool: lambda m: m.chance.random() < 0.5,
    NoneType: lambda _: None,
    Unknown: lambda m: Unknown(m.chance.choice(list(Why)), m.text(m.chance)),
    NotApplicable: lambda m: NotApplicable(m.text(m.chance)),
    Command: lambda m: steward("group describe", m.text(m.chance)),
    Instant: lambda m: Instant(m.chance.choice((0, 1_790_000_000_000))),
    object: lambda m: cast("Any", m.text(m.chance)),
    Any: lambda m: cast("Any", m.text(m.chance)),
}
