"""The building blocks of layouts."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from steward.interfaces.terminal import PROMPT
from steward.interfaces.views.cells import cell as cell
from steward.model.command import Command, Hint, Phrase, command_of_line
from steward.model.doc import Doc
from steward.model.instant import Instant
from steward.model.printable import is_printable
from steward.model.unknown import NotApplicable, Unknown


class CommandLine(str):
    """A command to copy: on a line of its own, never wrapped."""

    __slots__ = ()


def command_line(command: Command | str, prompt: str = PROMPT) -> CommandLine:
    """Write a command as a line to copy, every character visible, so that a shell reads the same arguments."""
    return CommandLine(prompt + _as_typed(command))


def _as_typed(command: Command | str) -> str:
    if isinstance(command, (Command, Hint)):
        return command.line
    if is_printable(command):
        return command
    try:
        return command_of_line(command).line
    except ValueError:  # none that a shell would interpret
        return command


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its field, its header, and whether only ``-o wide`` shows it."""

    field: str
    head: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headers; ``empty`` is shown instead of a table without rows; ``of`` names the object described."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    empty: str = "none"
    of: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """Names and values, one per line."""

    title: str
    pairs: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """A line of text; ``style`` names a rich style, used only with colour."""

    text: Phrase
    style: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Text of several lines."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A styled title with labelled lines below it, each wrapped under itself on a narrow terminal."""

    title: str
    style: str
    lines: tuple[tuple[str, Phrase], ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """Changes below a title: a sign (``+ ~ - !`` or none), a depth and a text; ``table`` is the same for CSV."""

    title: str
    lines: tuple[tuple[str, int, str], ...]
    table: Table


Block = Table | Fields | Prose | Lines | Paragraph | Diff


def derive(result: object) -> tuple[Block, ...]:
    """Lay out a dataclass by its fields.

    Scalars become Fields, a tuple of dataclasses a Table titled by its name, a nested dataclass a Fields of its own
    (one named ``summary`` joins the scalars). A result that is a single tuple is one Table without title; where its
    items hold rows themselves, they are laid out one after the other. None means not requested and is omitted.
    """
    cls = type(result)
    names = field_names(cls)
    if len(names) == 1 and is_rows(cls, names[0]) and holds_blocks(row_type(cls, names[0])):
        items = cast("tuple[object, ...]", getattr(result, names[0]))
        return tuple(block for item in items for block in _described(item))
    return _described(result, title_rows=len(names) > 1)


def _described(item: object, *, title_rows: bool = True) -> tuple[Block, ...]:
    cls = type(item)
    pairs: list[tuple[str, object]] = []
    blocks: list[Block] = []
    for name in field_names(cls):
        value: Any = getattr(item, name)
        if is_rows(cls, name) and isinstance(value, tuple):
            rows = cast("tuple[object, ...]", value)
            owner = str(pairs[0][1]) if pairs else ""
            empty = f"no {name}".replace("_", " ")
            title = name if title_rows else ""
            blocks.append(table(title, rows, row_type(cls, name), empty, of=owner))
        elif _is_nested(value):
            nested = [(n, getattr(value, n)) for n in field_names(value.__class__)]
            if name == "summary":
                pairs += [pair for pair in nested if pair[0] not in dict(pairs)]
            else:
                blocks.append(Fields(name, tuple(nested)))
        elif value is not None or not (is_rows(cls, name) or _may_nest(cls, name)):
            pairs.append((name, value))
    return ((Fields("", tuple(pairs)),) if pairs else ()) + tuple(blocks)


def _is_nested(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, (Unknown, NotApplicable, Instant))


def table(
    title: str, rows: tuple[object, ...], cls: type[Any], empty: str = "", of: str = ""
) -> Table:
    """Lay out dataclasses as rows, a column for each field that is not itself rows."""
    shown = [n for n in field_names(cls) if not is_rows(cls, n)]
    wide = _wide_fields(cls)
    columns = tuple(Column(n, n.replace("_", "-").upper(), n in wide) for n in shown)
    values = tuple(tuple(getattr(row, n) for n in shown) for row in rows)
    return Table(title, columns, values, empty or f"no {title or 'entries'}".replace("_", " "), of)


@cache
def field_names(cls: type[Any]) -> tuple[str, ...]:
    """Return a dataclass's field names, in order."""
    return tuple(f.name for f in fields(cls))


@cache
def _hints(cls: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(cls, include_extras=True)


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _options(cls: type[Any], name: str) -> tuple[Any, ...]:
    """Return the types that a field may have."""
    hint = _bare(_hints(cls)[name])
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


@cache
def _row_type(cls: type[Any], name: str) -> type[Any] | None:
    for option in _options(cls, name):
        args = get_args(option)
        if get_origin(option) is tuple and args and is_dataclass(args[0]):
            return cast("type[Any]", args[0])
    return None


def is_rows(cls: type[Any], name: str) -> bool:
    """Return whether a field is, or may be, a tuple of dataclasses."""
    return _row_type(cls, name) is not None


def row_type(cls: type[Any], name: str) -> type[Any]:
    """Return the dataclass of a field's rows."""
    found = _row_type(cls, name)
    if found is None:
        raise TypeError(f"{cls.__name__}.{name} holds no rows")
    return found


@cache
def _may_nest(cls: type[Any], name: str) -> bool:
    return any(
        is_dataclass(option) and option not in (Unknown, NotApplicable, Instant)
        for option in _options(cls, name)
    )


@cache
def holds_blocks(cls: type[Any]) -> bool:
    """Return whether a dataclass is more than a row: it has rows or a nested dataclass of its own."""
    return any(is_rows(cls, name) or _may_nest(cls, name) for name in field_names(cls))


@cache
def _wide_fields(cls: type[Any]) -> frozenset[str]:
    return frozenset(
        name
        for name, hint in _hints(cls).items()
        if get_origin(hint) is Annotated
        and any(isinstance(a, Doc) and a.wide for a in get_args(hint)[1:])
    )
