"""Walks plain data without recursion: its depth, size, and numbers out of range."""

import math
from collections.abc import Iterator
from typing import Any, cast

from steward.documents.fault import (
    DEEPEST,
    LARGEST_INTEGER,
    Bounds,
    DocumentError,
    too_deep,
    too_many,
)


def check_depth(value: object, name: str, bounds: Bounds) -> None:
    """Reject plain data that is too deep or too large.

    Errors: DocumentError.
    """
    level: list[Any] = [value]
    nodes = depth = 0
    while level:
        below: list[Any] = []
        holders = 0
        for item in level:
            if type(item) is dict:
                holders += 1
                below.extend(cast("dict[str, Any]", item).values())
            elif type(item) is list:
                holders += 1
                below.extend(cast("list[Any]", item))
        if holders and depth >= DEEPEST:
            raise too_deep(name)
        nodes += len(below)
        if nodes > bounds.most_nodes:
            raise too_many(name, bounds)
        level = below
        depth += 1


def check_numbers(value: object, name: str) -> None:
    """Reject NaN, infinities, and numbers out of range; the message names the key.

    Errors: DocumentError.
    """
    for path, item in _leaves(value):
        if isinstance(item, float) and not math.isfinite(item):
            raise DocumentError(name, f"{path} is {item}", remedy="write a finite number")
        if isinstance(item, int) and abs(item) > LARGEST_INTEGER:
            raise DocumentError(
                name,
                f"{path} exceeds {LARGEST_INTEGER:,}",
                remedy="write a smaller number",
            )


def addresses_in(value: object) -> tuple[str, ...]:
    """Return the URLs among the strings of plain data."""
    return tuple(item for _, item in _leaves(value) if isinstance(item, str) and "://" in item)


def _leaves(value: object) -> Iterator[tuple[str, object]]:
    """Return each scalar with its path."""
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        path, item = waiting.pop()
        if type(item) is dict:
            inner = cast("dict[str, object]", item)
            waiting += [(f"{path}.{k}" if path else str(k), v) for k, v in inner.items()]
        elif type(item) is list:
            waiting += [(f"{path}[{i}]", v) for i, v in enumerate(cast("list[object]", item))]
        else:
            yield path, item
