"""Convert a capability's parameter dataclass to arguments and options, and back."""

from dataclasses import MISSING, Field, fields
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import click

from steward.commands.api.registry import Capability
from steward.interfaces.cli.completion import completer
from steward.interfaces.cli.options import NUMBER, TEXT, WHOLE, DurationType, written_duration
from steward.model.doc import Doc, field_docs


class UnitOption(click.Option):
    """An option whose default is shown with its unit, ``50 MB/s``; empty where the value has its own, or needs none."""

    def __init__(self, names: list[str], *, unit: str, **settings: Any) -> None:
        super().__init__(names, **settings)
        self.unit = unit

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Return what help writes behind the description."""
        extra = super().get_help_extra(ctx)
        if self.unit and "default" in extra:
            extra["default"] = f"{extra['default']} {self.unit}"
        return extra


def click_params(capability: Capability) -> list[click.Parameter]:
    """Return one click parameter for each field of the parameter dataclass."""
    docs = field_docs(capability.params)
    by_name: dict[str, Field[Any]] = {f.name: f for f in fields(capability.params)}
    return [_parameter(by_name[name], hint, doc) for name, (hint, doc) in docs.items()]


def build(capability: Capability, values: dict[str, Any]) -> Any:
    """Return the parameter dataclass filled with parsed values."""
    names = {f.name for f in fields(capability.params)}
    return capability.params(**{k: v for k, v in values.items() if k in names})


def _parameter(field: Field[Any], hint: Any, doc: Doc) -> click.Parameter:
    default = _default(field)
    kind = _click_type(hint, doc)
    many = get_origin(hint) is tuple
    complete = completer(doc.completes) if doc.completes else None
    if doc.positional:
        return click.Argument(
            [field.name], type=kind, nargs=-1 if many else 1, required=default is MISSING,
            metavar=doc.metavar or _placeholder(field.name, many=many, optional=default is not MISSING),
            shell_complete=complete,
            **({} if default is MISSING or many else {"default": default}),
        )  # fmt: skip
    name = "--" + field.name.rstrip("_").replace("_", "-")
    names = [name, field.name] + ([f"-{doc.short}"] if doc.short else [])
    if hint is bool:
        if default is True:
            names[0] = f"{name}/--no-{name[2:]}"
        return click.Option(names, is_flag=True, default=bool(default), help=_sentence(doc.text))
    if isinstance(default, float):  # help shows it as it is entered: 20s, 50
        is_duration = isinstance(kind, DurationType)
        default = written_duration(default) if is_duration else f"{default:.15g}"
    given: dict[str, Any] = {} if default is MISSING else {"default": default}  # None is one, too
    if many and kind is WHOLE:
        kind, split = TEXT, _split_numbers
    else:
        split = _split if doc.commas else None
    return UnitOption(
        names, unit=doc.unit, type=kind, multiple=many, metavar=doc.metavar or None, required=not given,
        show_default=_shown(default), help=_help(doc, many=many, split=split is not None),
        callback=split if many else None, shell_complete=complete,
        **given,
    )  # fmt: skip


def _placeholder(name: str, *, many: bool, optional: bool) -> str:
    shown = f"[{name.upper()}]" if optional else name.upper()
    return shown + ("..." if many else "")


def _split(ctx: click.Context, param: click.Parameter, value: tuple[Any, ...]) -> tuple[Any, ...]:
    """Accept several values separated by commas as well as by repeating the option.

    A comma within brackets belongs to a pattern, as in ``pay.{1,3}`` or ``[a,b]``.
    """
    found: list[Any] = []
    for item in value:
        parts = [p for p in _pieces(item) if p.strip()] if isinstance(item, str) else [item]
        if not parts:
            raise click.BadParameter(f"{item!r} holds an empty name.", ctx, param)
        found += parts
    return tuple(found)


def _pieces(text: str) -> list[str]:
    """Split at commas outside of brackets."""
    found, depth = [""], 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}" and depth > 0)
        if sign == "," and depth == 0:
            found.append("")
        else:
            found[-1] += sign
    return found


def _help(doc: Doc, *, many: bool, split: bool) -> str:
    """Return a parameter's help; for a list with how to give several values."""
    text = _sentence(doc.text)
    if not many:
        return text
    return f"{text} {'Several: with commas, or repeat it.' if split else 'Several: repeat it.'}"


def _split_numbers(
    ctx: click.Context, param: click.Parameter, value: tuple[Any, ...]
) -> tuple[int, ...]:
    """Accept several numbers separated by commas, too."""
    return tuple(int(WHOLE.convert(part, param, ctx)) for part in _split(ctx, param, value))


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _shown(default: object) -> bool:
    return default not in (None, (), "", MISSING)


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _click_type(hint: Any, doc: Doc) -> click.ParamType[Any]:
    if doc.choices:
        return click.Choice(doc.choices)
    if doc.metavar == "DURATION":
        return DurationType()
    bare = _bare(hint)
    types: dict[Any, click.ParamType[Any]] = {int: WHOLE, float: NUMBER, bool: click.BOOL}
    return types.get(bare, TEXT)


def _bare(hint: Any) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return next(a for a in args if a is not NoneType)
    return args[0] if origin is tuple else hint
