"""The shapes that a result can be shown in."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum, IntEnum
from functools import cache
from typing import Annotated, Any, cast, get_args, get_origin, get_type_hints

from steward.model.doc import Doc
from steward.model.instant import Instant
from steward.model.unknown import NotApplicable, Unknown


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field it shows, its head, and whether only ``-o wide`` shows it."""

    field: str
    head: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads; ``empty`` is said instead of a table without rows."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    empty: str = "none"


@dataclass(frozen=True, slots=True)
class Fields:
    """Names and values, one a line."""

    title: str
    pairs: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """A line or more of text; ``style`` names a rich style, used only where colour is."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A styled title with labelled lines below it, each wrapped under itself where a terminal is narrow."""

    title: str
    style: str
    lines: tuple[tuple[str, str], ...]


Block = Table | Fields | Prose | Paragraph


def derive(result: object) -> tuple[Block, ...]:
    """Arrange a dataclass by its fields.

    Shape: scalars become Fields, a tuple of dataclasses a Table titled by its name, a nested dataclass a Fields of
           its own. A result that is one tuple only is one Table without title.
    """
    pairs: list[tuple[str, object]] = []
    blocks: list[Block] = []
    names = field_names(type(result))
    for name in names:
        value = getattr(result, name)
        if is_rows(type(result), name):
            blocks.append(
                table(name if len(names) > 1 else "", value, row_type(type(result), name))
            )
        elif is_dataclass(value) and not isinstance(value, (Unknown, NotApplicable, Instant)):
            nested = [(n, getattr(value, n)) for n in field_names(type(value))]
            blocks.append(Fields(name, tuple(nested)))
        else:
            pairs.append((name, value))
    return ((Fields("", tuple(pairs)),) if pairs else ()) + tuple(blocks)


def table(title: str, rows: tuple[object, ...], cls: type[Any], empty: str = "") -> Table:
    """Arrange dataclasses as rows, a column for each field that is not itself rows."""
    shown = [n for n in field_names(cls) if not is_rows(cls, n)]
    wide = _wide_fields(cls)
    columns = tuple(Column(n, n.replace("_", "-").upper(), n in wide) for n in shown)
    values = tuple(tuple(getattr(row, n) for n in shown) for row in rows)
    return Table(title, columns, values, empty or f"no {title or 'entries'}".replace("_", " "))


@cache
def field_names(cls: type[Any]) -> tuple[str, ...]:
    """Return a dataclass's field names, in order."""
    return tuple(f.name for f in fields(cls))


@cache
def _hints(cls: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(cls, include_extras=True)


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def is_rows(cls: type[Any], name: str) -> bool:
    """Tell whether a field is a tuple of dataclasses."""
    hint = _bare(_hints(cls)[name])
    args = get_args(hint)
    return get_origin(hint) is tuple and bool(args) and is_dataclass(args[0])


def row_type(cls: type[Any], name: str) -> type[Any]:
    """Return the dataclass that a field's rows are."""
    return get_args(_bare(_hints(cls)[name]))[0]


@cache
def _wide_fields(cls: type[Any]) -> frozenset[str]:
    return frozenset(
        name
        for name, hint in _hints(cls).items()
        if get_origin(hint) is Annotated
        and any(isinstance(a, Doc) and a.wide for a in get_args(hint)[1:])
    )


def cell(value: object, field: str, *, human: bool) -> str:
    """Write one value: for people with units and signs, for machines as it is.

    Shape: unknown facts print ``unknown``, what cannot apply prints ``-``; ``_bytes`` fields are scaled for people.
    """
    match value:
        case Unknown():
            return "unknown" if human else ""
        case NotApplicable() | None:
            return "-" if human else ""
        case bool():
            return ("yes" if value else "no") if human else str(value).lower()
        case int() | float() if human and not isinstance(value, Enum):
            return _number(value, field)
        case IntEnum():
            return value.name.lower()
        case Enum():
            return str(value.value)
        case Mapping():
            pairs = cast("Mapping[object, object]", value).items()
            return ", ".join(f"{k}={cell(v, '', human=human)}" for k, v in pairs)
        case tuple() | frozenset() if not hasattr(cast("object", value), "_fields"):
            items = cast("tuple[object, ...]", value)
            return ("," if field else ", ").join(cell(v, "", human=human) for v in items) or (
                "-" if human else ""
            )
        case _:
            return str(value)


def _number(value: float, field: str) -> str:
    if "bytes" in field:
        return scaled_bytes(value) + ("/s" if "per_second" in field or "rate" in field else "")
    if field.endswith("_seconds"):
        return f"{value:,.1f} s"
    if field.endswith("_ms"):
        return f"{value:,} ms"
    if isinstance(value, int):
        return str(value) if field in _PLAIN_NUMBERS or field.endswith("id") else f"{value:,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


_PLAIN_NUMBERS = frozenset({"port", "leader", "coordinator", "broker", "controller", "epoch"})


def scaled_bytes(size: float) -> str:
    """Write bytes as ``1.5 GiB``."""
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if abs(size) < 1024 or unit == "TiB":
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return ""
