"""What a field means: written once at the field, shown in help, schemas and reference pages."""

from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Doc:
    """A field's meaning, with its unit: ``Annotated[int, Doc("bytes kept")]``.

    ``choices`` closes a text field; ``metavar`` names a value in help; ``positional`` makes a parameter a
    command-line argument instead of an option; ``short`` is its one-letter option; ``wide`` keeps a result's
    column for ``-o wide``. ``commas`` lets several values of a list be written with commas: only where no value can
    hold one, as names of topics; a list without it is given by repeating the option.
    """

    text: str
    choices: tuple[str, ...] = ()
    metavar: str = ""
    positional: bool = False
    wide: bool = False
    short: str = ""
    commas: bool = False


def field_docs(cls: type[Any]) -> dict[str, tuple[Any, Doc]]:
    """Return each annotated field's plain type and Doc, in order: a class's own before those that it inherits.

    Errors: TypeError for a field without Doc.
    """
    found: dict[str, tuple[Any, Doc]] = {}
    hints = get_type_hints(cls, include_extras=True)
    for name in dict.fromkeys(n for c in cls.__mro__ for n in vars(c).get("__annotations__", ())):
        hint = hints[name]
        doc = None
        if get_origin(hint) is Annotated:
            hint, *extras = get_args(hint)
            doc = next((e for e in extras if isinstance(e, Doc)), None)
        if doc is None:
            raise TypeError(f"{cls.__name__}.{name} has no Doc")
        found[name] = (hint, doc)
    return found
