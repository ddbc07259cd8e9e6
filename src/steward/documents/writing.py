"""Writes JSON and YAML: the same data in both, without characters that act on a terminal or are invisible.

Such characters are written as escapes, so that reading restores the values. Half of a surrogate pair is no
character, and readers reject it: it becomes U+FFFD. Numbers that JSON does not have (NaN, infinity) are null.
"""

import re
from functools import cache
from math import isfinite
from typing import Any, cast

from steward.documents.json_writing import HALF_PAIR, escaped
from steward.documents.json_writing import json_text as json_text

_READ_AS_OTHER = re.compile(
    r"[-+]?(\.?[0-9][0-9_,.:]*([eE][-+]?[0-9]+)?|0[box][0-9a-fA-F_]+)|y|n", re.IGNORECASE
)
"""Strings that some version of YAML reads as a number or a boolean."""


def yaml_text(value: object, *, width: int | None = None, fast: bool = False) -> str:
    """Write plain data as YAML, keys in order; ``fast`` is for large documents and wraps lines differently."""
    import yaml

    return escaped(
        yaml.dump(
            value,
            Dumper=_dumper(fast=fast),
            sort_keys=False,
            allow_unicode=True,
            width=cast("Any", width),
            default_flow_style=False,
        )
    )


@cache
def _dumper(*, fast: bool) -> type[Any]:
    """Return a dumper that quotes strings which need escapes, or which a reader could take for another type."""
    import yaml

    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper) if fast else yaml.SafeDumper
    dumper: Any = type("Dumper", (base,), {})
    dumper.add_representer(str, _represent_text)
    dumper.add_representer(float, _represent_float)
    return dumper


def _represent_text(dumper: Any, text: str) -> Any:
    style = None
    if not text.isprintable():
        text, style = HALF_PAIR.sub("\N{REPLACEMENT CHARACTER}", text), '"'
    elif _READ_AS_OTHER.fullmatch(text):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_float(dumper: Any, value: float) -> Any:
    return dumper.represent_float(value) if isfinite(value) else dumper.represent_none(None)
