"""TOML from outside: strict UTF-8, no NaN, limited in size, depth and numbers."""

import re
import tomllib
from typing import Any

from steward.documents.fault import SETTINGS, Bounds, DocumentError, too_deep
from steward.documents.text import text_of
from steward.documents.walk import check_depth, check_numbers

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)\Z")


def read_toml(content: bytes | str, name: str, bounds: Bounds = SETTINGS) -> dict[str, Any]:
    """Return a TOML document as plain data.

    Errors: DocumentError, with line and column where they are known.
    """
    text = text_of(content, name, bounds)
    try:
        found = tomllib.loads(text)
    except RecursionError:
        raise too_deep(name) from None
    except ValueError as fault:  # also for an invalid date and a number of thousands of digits
        said = str(fault)
        place = _PLACE.search(said)
        raise DocumentError(
            name,
            f"not valid TOML: {said[: place.start()] if place else said}",
            line=int(place[1] or text.count("\n") + 1) if place else 0,
            column=int(place[2] or 0) if place else 0,
            remedy="correct that line" if place else "correct the file",
        ) from None
    check_depth(found, name, bounds)
    check_numbers(found, name)
    return found
