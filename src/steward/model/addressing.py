"""Complete every command in a value with the cluster it is for."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache, partial
from typing import Any, TypeVar, cast, get_args, get_type_hints

from steward.model.command import HOLDS_COMMANDS, ClusterTarget, Command, Hint

T = TypeVar("T")
Visit = Callable[[Any, ClusterTarget], Any]


def addressed(value: T, target: ClusterTarget) -> T:
    """Return the value with every command in it completed; a value without commands is returned unchanged.

    Shape: descends into tuples, mappings and dataclasses whose field types can hold a command or a hint.
    """
    return _addressed(value, target)


def _addressed(value: Any, target: ClusterTarget) -> Any:
    visit = _visit(cast("type[Any]", type(value)))
    return value if visit is None else visit(value, target)


@cache
def _visit(kind: type[Any]) -> Visit | None:
    if issubclass(kind, (Command, Hint)):
        return _complete
    if issubclass(kind, tuple):
        return None if hasattr(cast("Any", kind), "_fields") else _tuple
    if issubclass(kind, Mapping):
        return _mapping
    names = _carrying(kind) if is_dataclass(kind) else ()
    return None if not names else partial(_replaced, names)


def _complete(value: "Command | Hint", target: ClusterTarget) -> "Command | Hint":
    return value.at(target)


def _tuple(value: tuple[Any, ...], target: ClusterTarget) -> tuple[Any, ...]:
    return tuple([_addressed(item, target) for item in value])


def _mapping(value: Mapping[Any, Any], target: ClusterTarget) -> Mapping[Any, Any]:
    return {key: _addressed(item, target) for key, item in value.items()}


def _replaced(names: tuple[str, ...], value: Any, target: ClusterTarget) -> Any:
    before = {name: getattr(value, name) for name in names}
    after = {name: _addressed(item, target) for name, item in before.items()}
    changed = {name: item for name, item in after.items() if item is not before[name]}
    return replace(value, **changed) if changed else value


@cache
def _carrying(cls: type[Any]) -> tuple[str, ...]:
    """Name the fields that may hold a command, at any depth."""
    hints = get_type_hints(cls, include_extras=True)
    return tuple(
        f.name for f in fields(cls) if f.init and _may_hold(hints[f.name], frozenset({cls}))
    )


def _may_hold(hint: Any, seen: frozenset[Any]) -> bool:
    if hint in (Command, Hint, HOLDS_COMMANDS, Any) or isinstance(hint, TypeVar):
        return True
    if any(_may_hold(arg, seen) for arg in (*get_args(hint), *getattr(hint, "__metadata__", ()))):
        return True
    if not isinstance(hint, type) or not is_dataclass(hint) or hint in seen:
        return False
    inner = cast("type[Any]", hint)
    hints = get_type_hints(inner, include_extras=True)
    return any(_may_hold(hints[f.name], seen | {inner}) for f in fields(inner))
