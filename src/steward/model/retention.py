"""When a retention bounds nothing: the one definition of unlimited, by time and by size."""

from math import inf, isnan

_YEAR_MS = 31_557_600_000
LONGEST_MS = 100 * _YEAR_MS
"""No record gets as old: a longer retention, such as 9223372036854775807, is none."""
LARGEST_BYTES = 1 << 60
"""No disk holds as much (1 EiB)."""
_MS_OF = {".ms": 1, ".minutes": 60_000, ".hours": 3_600_000}


def bound_of(key: str, value: str | None) -> float | None:
    """Return what a configuration of retention or segments allows, infinite for unlimited, None for no number.

    Units: milliseconds for keys that end in .ms, .minutes or .hours, else bytes.
    Source: Kafka takes every negative value for unlimited (-1 by convention).
    """
    try:
        number = float(value or "")
    except ValueError:
        return None
    if isnan(number):
        return None
    unit = next((ms for end, ms in _MS_OF.items() if key.endswith(end)), 1)
    most = LARGEST_BYTES if key.endswith("bytes") else LONGEST_MS
    return inf if number < 0 or number * unit >= most else number * unit


def is_unlimited(key: str, value: str | int | None) -> bool:
    """Tell whether a configuration of retention bounds nothing; what is no number is not unlimited."""
    return bound_of(key, None if value is None else str(value)) == inf
