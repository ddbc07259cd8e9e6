"""Decode located nodes to typed values; all problems of a document are reported, not only the first."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from steward.change.manifests.kinds import Config, key_of
from steward.change.manifests.problem import Problem, nearest
from steward.change.manifests.units import EXAMPLES, Unit, config_value, measure
from steward.change.manifests.yaml_nodes import described, is_null, place_of
from steward.documents.nodes import MappingNode, Node, ScalarNode, SequenceNode
from steward.model.doc import Doc

_BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_SECRETS = frozenset({"password", "secret", "saltedPassword", "salted_password", "passwd"})


class Wrong(Exception):
    """A value that cannot be used; its problem is already recorded."""


class Decoding:
    """Decodes one file's documents and collects problems."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems

    def note(self, node: Node, message: str, remedy: str = "") -> None:
        """Record a problem and continue."""
        self.problems.append(Problem(place_of(node, self.file), message, remedy))

    def wrong(self, node: Node, message: str, remedy: str = "") -> Wrong:
        """Record a problem and return the error for a value that cannot be used."""
        self.note(node, message, remedy)
        return Wrong()


Decoder = Callable[[Decoding, Node, str], Any]


def decode(cls: type[Any], node: Node, decoding: Decoding, path: str) -> Any:
    """Return a node as a dataclass.

    Errors: Wrong, after the problems have been recorded.
    """
    return _object(cls)(decoding, node, path)


@cache
def _object(cls: type[Any]) -> Decoder:
    hints = get_type_hints(cls, include_extras=True)
    plan = {key_of(f.name): (f.name, _decoder(hints[f.name]), _is_required(f)) for f in fields(cls)}
    required = tuple((key, name) for key, (name, _, is_required) in plan.items() if is_required)

    def run(decoding: Decoding, node: Node, path: str) -> Any:
        values: dict[str, Any] = {}
        failed = False
        seen: set[str] = set()
        for key_node, value in mapping(decoding, node, path):
            key = str(key_node.value)
            seen.add(key)
            known = plan.get(key)
            if known is None:
                _unknown_key(decoding, key_node, key, path, plan)
                failed = True
                continue
            if is_null(value):
                continue  # same as absent
            try:
                values[known[0]] = known[1](decoding, value, f"{path}.{key}")
            except Wrong:
                failed = True
        for key, name in required:
            if name not in values and (key not in seen or not failed):
                decoding.note(node, f"{path}.{key} is missing", f"add {key} to {path}")
                failed = True
        if failed:
            raise Wrong
        return cls(**values)

    return run


def _is_required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _unknown_key(
    decoding: Decoding, node: Node, key: str, path: str, plan: Mapping[str, object]
) -> None:
    if key in _SECRETS:
        decoding.note(
            node,
            f"{path}.{key}: manifests must not contain passwords",
            "use passwordFrom: {env: NAME}, {file: PATH} or {command: [PROGRAM, ...]}",
        )
    else:
        decoding.note(node, f"{path} has no key {key!r}", nearest(key, plan))


def mapping(decoding: Decoding, node: Node, path: str) -> list[tuple[ScalarNode, Node]]:
    """Return the entries of a map.

    Errors: Wrong, for anything but a map.
    """
    if not isinstance(node, MappingNode):
        raise decoding.wrong(node, f"{path} is {described(node)}; it must be a map")
    return node.value


def _decoder(hint: Any) -> Decoder:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(args[0], args[1:])
    if origin in (Union, UnionType):
        return _decoder(next(a for a in args if a is not NoneType))
    if origin is tuple:
        return _sequence(_decoder(args[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _map(_decoder(args[1]))
    return _SCALARS.get(hint) or _object(hint)


def _annotated(hint: Any, extras: tuple[Any, ...]) -> Decoder:
    unit = next((e for e in extras if isinstance(e, Unit)), None)
    if unit is not None:
        return _measured(unit)
    if any(isinstance(e, Config) for e in extras):
        return _config
    doc = next((e for e in extras if isinstance(e, Doc)), None)
    return _chosen(doc.choices) if doc and doc.choices else _decoder(hint)


def _text(decoding: Decoding, node: Node, path: str) -> str:
    if not isinstance(node, ScalarNode):
        raise decoding.wrong(node, f"{path} is {described(node)}; it must be text")
    if is_null(node):
        raise decoding.wrong(node, f"{path} is empty", "write a value or remove it")
    return str(node.value)


def _integer(decoding: Decoding, node: Node, path: str) -> int:
    text = _text(decoding, node, path)
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise decoding.wrong(
            node, f"{path} is {described(node)}; it must be a whole number", "write digits only"
        )
    return int(text)


def _boolean(decoding: Decoding, node: Node, path: str) -> bool:
    text = _text(decoding, node, path)
    if text not in _BOOLEANS:
        raise decoding.wrong(node, f"{path} is {described(node)}", "write true or false")
    return _BOOLEANS[text]


_SCALARS: Mapping[Any, Decoder] = {str: _text, int: _integer, bool: _boolean}


def _measured(unit: Unit) -> Decoder:
    def run(decoding: Decoding, node: Node, path: str) -> int | float:
        found = measure(_text(decoding, node, path), unit)
        if found is None:
            raise decoding.wrong(
                node, f"{path} is {described(node)}, which is not a {unit.value}", EXAMPLES[unit]
            )
        return found

    return run


def _chosen(choices: tuple[str, ...]) -> Decoder:
    def run(decoding: Decoding, node: Node, path: str) -> str:
        text = _text(decoding, node, path)
        if text not in choices:
            one_of = f"use one of {', '.join(choices)}"
            raise decoding.wrong(
                node, f"{path} is {described(node)}", nearest(text, choices, one_of)
            )
        return text

    return run


def _sequence(inner: Decoder) -> Decoder:
    def run(decoding: Decoding, node: Node, path: str) -> tuple[Any, ...]:
        if not isinstance(node, SequenceNode):
            raise decoding.wrong(
                node, f"{path} is {described(node)}; it must be a list", "write it as [A, B]"
            )
        return tuple(_all(inner, decoding, [(n, f"{path}[{i}]") for i, n in enumerate(node.value)]))

    return run


def _map(inner: Decoder) -> Decoder:
    def run(decoding: Decoding, node: Node, path: str) -> dict[str, Any]:
        pairs = mapping(decoding, node, path)
        values = _all(inner, decoding, [(v, f"{path}.{k.value}") for k, v in pairs])
        return {str(k.value): v for (k, _), v in sorted(zip(pairs, values, strict=True), key=_key)}

    return run


def _key(pair: tuple[tuple[ScalarNode, Node], Any]) -> str:
    return str(pair[0][0].value)


def _all(inner: Decoder, decoding: Decoding, nodes: list[tuple[Node, str]]) -> list[Any]:
    """Decode every item, so that all problems are recorded."""
    found: list[Any] = []
    failed = False
    for node, path in nodes:
        try:
            found.append(inner(decoding, node, path))
        except Wrong:
            failed = True
    if failed:
        raise Wrong
    return found


def _config(decoding: Decoding, node: Node, path: str) -> dict[str, str]:
    pairs = [(k, v) for k, v in mapping(decoding, node, path)]
    values = _all(_config_text, decoding, [(v, f"{path}.{k.value}") for k, v in pairs])
    return {
        key: config_value(key, text)
        for key, text in sorted(zip((str(k.value) for k, _ in pairs), values, strict=True))
    }


def _config_text(decoding: Decoding, node: Node, path: str) -> str:
    """Return a config value as text; a list is joined by commas, as Kafka writes lists."""
    if isinstance(node, SequenceNode):
        return ",".join(_all(_text, decoding, [(n, path) for n in node.value]))
    text = _text(decoding, node, path)
    if isinstance(node, ScalarNode) and node.is_plain and text in _BOOLEANS:
        return text.lower()
    return text
