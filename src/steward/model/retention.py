"""When retention is unlimited, by time and by size: the one definition."""

from math import inf, isnan

_YEAR_MS = 31_557_600_000
LONGEST_MS = 100 * _YEAR_MS
"""No record gets this old: a longer retention, such as 9223372036854775807, is unlimited."""
LARGEST_BYTES = 1 << 60
"""No disk is this large (1 EiB)."""
_MS_OF = {".ms": 1, ".minutes": 60_000, ".hours": 3_600_000}


def bound_of(key: str, value: str | None) -> float | None:
    """Return the limit of a retention or segment setting; infinite for unlimited, None where it is no number.

    Units: milliseconds for keys that end in .ms, .minutes or .hours, else bytes.
    Source: Kafka treats every negative value as unlimited (-1 by convention).
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
    """Return whether a retention setting is unlimited; False where it is no number."""
    return bound_of(key, None if value is None else str(value)) == inf
