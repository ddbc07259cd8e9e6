"""Canonical YAML: equal manifests give equal text."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, cast, get_args, get_origin, get_type_hints

from steward.change.manifests.kinds import API_VERSION, KINDS, Manifest, key_of
from steward.change.manifests.units import Unit, written_duration, written_rate, written_size
from steward.documents.writing import yaml_text
from steward.model.printable import printable

_WIDTH = 100


def write(manifests: Iterable[Manifest], head: str = "") -> str:
    """Write documents by kind, then name, with keys in the order of the reference; ``head`` becomes a comment."""
    order = list(KINDS)
    ordered = sorted(manifests, key=lambda m: (order.index(m.kind), m.metadata.name))
    comment = "".join(f"# {printable(line)}".rstrip() + "\n" for line in head.splitlines())
    return comment + "---\n".join(_text(m) for m in ordered)


def document(manifest: Manifest) -> dict[str, Any]:
    """Return one document as plain data."""
    return {
        "apiVersion": API_VERSION,
        "kind": manifest.kind,
        "metadata": plain(manifest.metadata),
        "spec": plain(manifest.spec),
    }


def _text(manifest: Manifest) -> str:
    return yaml_text(document(manifest), width=_WIDTH, fast=True)


def plain(value: object) -> Any:
    """Return a kind's value as plain data: defaults are left out, quantities get readable units."""
    if is_dataclass(value):
        hints = _units(type(value))
        found: dict[str, Any] = {}
        for field in fields(value):
            inner = getattr(value, field.name)
            if _is_default(field, inner):
                continue
            unit = hints.get(field.name)
            found[key_of(field.name)] = _measured(inner, unit) if unit else plain(inner)
        return found
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {key: plain(inner) for key, inner in sorted(items)}
    if isinstance(value, tuple):
        return [plain(inner) for inner in cast("tuple[object, ...]", value)]
    return value


def _is_default(field: Any, value: object) -> bool:
    if field.default is not MISSING:
        return value == field.default
    return field.default_factory is not MISSING and value == field.default_factory()


@cache
def _units(cls: type[Any]) -> Mapping[str, Unit]:
    found: dict[str, Unit] = {}
    for name, hint in get_type_hints(cls, include_extras=True).items():
        if get_origin(hint) is Annotated:
            unit = next((e for e in get_args(hint)[1:] if isinstance(e, Unit)), None)
            if unit:
                found[name] = unit
    return found


def _measured(value: Any, unit: Unit) -> Any:
    match unit:
        case Unit.DURATION_MS:
            return written_duration(value)
        case Unit.BYTES:
            return written_size(value)
        case Unit.BYTES_PER_SECOND:
            return written_rate(value)
        case Unit.NUMBER:
            return int(value) if value == int(value) else _decimal(value)


def _decimal(value: float) -> float | str:
    """Return a fraction as it is parsed: without an exponent."""
    return f"{Decimal(repr(value)):f}" if "e" in repr(value) else value
