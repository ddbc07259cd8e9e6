"""Times in the zone of the machine, for people who ask for it; documents for machines stay in UTC."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar, cast

from steward.interfaces.views.blocks import (
    Block,
    CommandLine,
    Diff,
    Fields,
    Lines,
    Paragraph,
    Prose,
    Table,
)
from steward.model.command import Hint
from steward.model.instant import Instant

T = TypeVar("T")
_UTC = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z")


@dataclass(frozen=True, slots=True, order=True)
class LocalInstant(Instant):
    """A point in time that presents itself in the zone of the machine, with its offset."""

    def __str__(self) -> str:
        """Write it as ``2026-11-24T09:21:08.123+01:00``."""
        return local_text(Instant.__str__(self))


def local_text(text: str) -> str:
    """Return a text with every time in UTC, ``2026-11-24T08:21:08.123Z``, in the zone of the machine."""
    return _UTC.sub(lambda found: _local(found[0]), text) if _UTC.search(text) else text


def _local(text: str) -> str:
    try:
        local = datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        return text
    return local.isoformat(timespec="milliseconds" if "." in text else "seconds")


def in_local_time(value: T) -> T:
    """Return blocks, or a text, with every time in the zone of the machine; commands to copy stay as they are."""
    return cast("T", _converted(value))


def _converted(value: Any) -> Any:
    for kinds, convert in _CONVERSIONS:
        if isinstance(value, kinds):
            return convert(value)
    return value


def _block(value: Any) -> Block:
    return replace(value, **{f.name: _converted(getattr(value, f.name)) for f in fields(value)})


def _tuple(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if hasattr(value, "_fields"):  # a named tuple names an object
        return value
    return tuple([_converted(item) for item in value])


def _mapping(value: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return {key: _converted(item) for key, item in value.items()}


def _hint(value: Hint) -> Hint:
    return Hint(*(local_text(part) if isinstance(part, str) else part for part in value.parts))


_CONVERSIONS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (Instant, lambda value: LocalInstant(value.ms)),
    ((Table, Fields, Prose, Lines, Paragraph, Diff), _block),
    (CommandLine, lambda value: value),
    (Hint, _hint),
    (str, local_text),
    (tuple, _tuple),
    (Mapping, _mapping),
)
"""The first that fits."""
