"""Durations, sizes and rates as people write them, and as Kafka stores them."""

import re
from decimal import Decimal
from enum import StrEnum

UNLIMITED = -1
"""Kafka's word for no limit."""

_DURATIONS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_SIZES = {
    "B": 1,
    "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "PB": 10**15,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50,
}  # fmt: skip
_LARGEST = 2**63 - 1


class Unit(StrEnum):
    """The quantity of a typed field."""

    DURATION_MS = "duration"
    """milliseconds, written 7d, 12h, 90m, 30s, 500ms, or unlimited"""
    BYTES = "size"
    """bytes, written 10GiB, 2MiB, 500MB, or unlimited"""
    BYTES_PER_SECOND = "rate"
    """bytes per second, written 10MB/s"""
    NUMBER = "number"
    """a plain number that may have a fraction"""


EXAMPLES = {
    Unit.DURATION_MS: "write a duration such as 7d, 12h or 30s, or unlimited",
    Unit.BYTES: "write a size such as 10GiB or 500MB, or unlimited",
    Unit.BYTES_PER_SECOND: "write a rate such as 10MB/s",
    Unit.NUMBER: "write a number",
}

SHOWN = {
    Unit.DURATION_MS: "7d", Unit.BYTES: "10GiB", Unit.BYTES_PER_SECOND: "10MB/s", Unit.NUMBER: "50",
}  # fmt: skip
"""One example of each."""

PATTERNS = {
    Unit.DURATION_MS: r"^(unlimited|-1|\d+(\.\d+)?\s*(ms|s|m|h|d|w))$",
    Unit.BYTES: r"^(unlimited|-1|\d+(\.\d+)?\s*([kKMGTP]i?B|B)?)$",
    Unit.BYTES_PER_SECOND: r"^\d+(\.\d+)?\s*([kKMGTP]i?B|B)?(/s)?$",
    Unit.NUMBER: r"^\d+(\.\d+)?$",
}
"""Pattern for the JSON Schema; a duration needs its unit, because a bare 7 does not say days."""


def measure(text: str, unit: Unit) -> int | float | None:
    """Parse a quantity in the unit's base; None if it is invalid.

    Milliseconds, bytes or bytes per second, whole; NUMBER may have a fraction. A bare number is in the base unit; a
    duration needs a unit unless it is 0.
    """
    text = text.strip()
    if unit in (Unit.DURATION_MS, Unit.BYTES) and text in ("unlimited", "-1"):
        return UNLIMITED
    if unit is Unit.BYTES_PER_SECOND:
        text = text.removesuffix("/s").rstrip()
    found = re.fullmatch(r"(\d{1,30}(?:\.\d{1,30})?)\s*([A-Za-z]*)", text, re.ASCII)
    if found is None:
        return None
    number, suffix = Decimal(found[1]), found[2]
    if unit is Unit.NUMBER:
        return None if suffix else float(number)
    scales = _DURATIONS if unit is Unit.DURATION_MS else _SIZES
    if not suffix and unit is Unit.DURATION_MS and number:
        return None
    scale = scales.get(suffix) if suffix else 1
    if scale is None:
        return None
    total = number * scale
    return int(total) if total == int(total) and total <= _LARGEST else None


def config_value(key: str, text: str) -> str:
    """Return a config value as Kafka stores it: units become numbers if the key's name shows the unit."""
    unit = unit_of(key)
    if unit is None or re.fullmatch(r"-?\d+", text.strip()):
        return text
    found = measure(text, unit)
    return text if found is None else str(found)


def unit_of(key: str) -> Unit | None:
    """Return the unit that a config key's name shows, None if it shows none."""
    if key.endswith(".ms"):
        return Unit.DURATION_MS
    return Unit.BYTES if key.endswith(".bytes") else None


def written_duration(milliseconds: int) -> str:
    """Format a duration in the largest unit that divides it."""
    return _written(milliseconds, ("w", "d", "h", "m", "s", "ms"), _DURATIONS, skip="w")


def written_size(size_bytes: int) -> str:
    """Format a size in the largest binary unit that divides it."""
    return _written(size_bytes, ("PiB", "TiB", "GiB", "MiB", "KiB", "B"), _SIZES)


def _written(value: int, names: tuple[str, ...], scales: dict[str, int], skip: str = "") -> str:
    if value == UNLIMITED:
        return "unlimited"
    for name in names:
        if name != skip and value % scales[name] == 0 and value >= scales[name]:
            return f"{value // scales[name]}{name}"
    return f"{value}{names[-1]}"


def written_rate(bytes_per_second: int) -> str:
    """Format a rate in the largest decimal unit that divides it."""
    return _written(bytes_per_second, ("GB", "MB", "kB", "B"), _SIZES) + "/s"
