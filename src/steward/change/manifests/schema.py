"""The JSON Schema (2020-12) of manifests, for editors and for `steward schema-of`."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from steward.change.manifests.kinds import API_VERSION, KINDS, Config, Metadata, key_of
from steward.change.manifests.units import PATTERNS, SHOWN, Unit
from steward.model.doc import Doc

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BUNDLE = "manifest"
"""The name of the schema of all kinds together."""


def names() -> tuple[str, ...]:
    """Return the names of the schemas: every kind, and all of them together."""
    return (*KINDS, BUNDLE)


def manifest_schema(name: str) -> dict[str, Any]:
    """Return the schema of one kind, or of a document of any kind."""
    definitions: dict[str, Any] = {}
    if name == BUNDLE:
        body: dict[str, Any] = {"oneOf": [_document(kind, definitions) for kind in KINDS]}
    else:
        body = _document(name, definitions)
    return {
        "$schema": DIALECT,
        "$id": f"{API_VERSION}/{name}",
        "title": f"steward {name}" if name != BUNDLE else "steward manifest",
        **body,
        "$defs": definitions,
    }


def _document(kind: str, definitions: dict[str, Any]) -> dict[str, Any]:
    spec = KINDS[kind]
    return {
        "type": "object",
        "description": (spec.__doc__ or "").split("\n", 1)[0],
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": kind},
            "metadata": _of(Metadata, definitions),
            "spec": _of(spec, definitions),
        },
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": False,
    }


def _of(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(args[0], args[1:], definitions)
    if origin in (Union, UnionType):
        return _of(next(a for a in args if a is not NoneType), definitions)
    if origin is tuple:
        return {"type": "array", "items": _of(args[0], definitions)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _of(args[1], definitions)}
    scalars = {str: "string", int: "integer", bool: "boolean", float: "number"}
    if hint in scalars:
        return {"type": scalars[hint]}
    return _reference(hint, definitions)


def _annotated(hint: Any, extras: tuple[Any, ...], definitions: dict[str, Any]) -> dict[str, Any]:
    doc = next((e for e in extras if isinstance(e, Doc)), Doc(""))
    unit = next((e for e in extras if isinstance(e, Unit)), None)
    if unit is Unit.NUMBER:
        body: dict[str, Any] = {"type": "number", "exclusiveMinimum": 0}
    elif unit is not None:
        body = {
            "anyOf": [{"type": "string", "pattern": PATTERNS[unit]}, {"type": "integer"}],
            "examples": [SHOWN[unit]],
        }
    elif any(isinstance(e, Config) for e in extras):
        body = {"type": "object", "additionalProperties": _CONFIG_VALUE}
    elif doc.choices:
        body = {"enum": list(doc.choices)}
    else:
        body = _of(hint, definitions)
    return {**body, "description": doc.text}


_CONFIG_VALUE = {
    "anyOf": [
        {"type": ["string", "number", "boolean"]},
        {"type": "array", "items": {"type": "string"}},
    ]
}


def _reference(cls: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Define a dataclass once, and refer to it."""
    name = cls.__name__
    if name not in definitions:
        definitions[name] = {}
        hints = get_type_hints(cls, include_extras=True)
        definitions[name] = {
            "type": "object",
            "description": (cls.__doc__ or "").split("\n", 1)[0],
            "properties": {key_of(f.name): _of(hints[f.name], definitions) for f in fields(cls)},
            "required": [key_of(f.name) for f in fields(cls) if not _is_optional(f)],
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{name}"}


def _is_optional(field: Any) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING
