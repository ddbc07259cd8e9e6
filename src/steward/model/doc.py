"""The meaning of a field: written once at the field, shown in help, schemas and reference pages."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, get_args, get_origin, get_type_hints


class Candidates(StrEnum):
    """The names that a shell offers for a parameter."""

    TOPICS = "topics"
    GROUPS = "groups"
    BROKERS = "brokers"
    CHECKS = "checks"
    PROFILES = "profiles"
    PLANS = "plans"
    TOPIC_KEYS = "topic keys"
    TOPIC_SETTINGS = "topic settings"
    """KEY= of a topic's configuration; so for brokers and quotas"""
    BROKER_KEYS = "broker keys"
    BROKER_SETTINGS = "broker settings"
    QUOTA_KEYS = "quota keys"
    QUOTA_SETTINGS = "quota settings"


@dataclass(frozen=True, slots=True)
class Doc:
    """A field's meaning with its unit: ``Annotated[int, Doc("size of the log, bytes")]``.

    ``choices`` are the only values of a text field; ``metavar`` names a value in help; ``positional`` makes a parameter
    a command-line argument instead of an option; ``short`` is its one-letter option; ``wide`` shows a result's column
    only with ``-o wide``. ``commas`` lets one option hold several values separated by commas, where no value can
    contain one, such as topic names; a list without it repeats the option. ``completes`` says which names a shell
    offers. ``unit`` is written behind an option's default: ``50 MB/s``.
    """

    text: str
    choices: tuple[str, ...] = ()
    metavar: str = ""
    positional: bool = False
    wide: bool = False
    short: str = ""
    commas: bool = False
    completes: Candidates | None = None
    unit: str = ""


def field_docs(cls: type[Any]) -> dict[str, tuple[Any, Doc]]:
    """Return each annotated field's plain type and Doc, in order: a class's own fields before inherited ones.

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
