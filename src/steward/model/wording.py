"""How numbers are written for people: durations, sizes, rates, counts, lists of names."""

import math
from collections.abc import Iterable
from itertools import pairwise

_DURATION_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_SIZE_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_RATE_UNITS = ("B/s", "kB/s", "MB/s", "GB/s", "TB/s")


def few(names: Iterable[object], most: int) -> str:
    """Write the first names of a list, in the order given: ``a, b and 12 more``."""
    words = [str(name) for name in names]
    shown = ", ".join(words[:most])
    return f"{shown} and {len(words) - most} more" if len(words) > most else shown


def count(number: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun: ``1 member``, ``3,000 members``, ``2 replicas out of sync`` with ``plural``."""
    return f"{number:,} {noun if number == 1 else plural or plural_of(noun)}"


def plural_of(noun: str) -> str:
    """Return the regular plural of a noun: ``members``, ``entries``, ``batches``."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "z", "ch", "sh")) else f"{noun}s"


def duration(seconds: float) -> str:
    """Write a duration with its two largest units: ``203ms``, ``4.2s``, ``41s``, ``2m 41s``, ``1h 30m``, ``7d``.

    An infinite duration is ``unlimited``. A value is rounded to the smaller unit shown.
    """
    if not math.isfinite(seconds):
        return "unlimited"
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if round(seconds, 3) < 1:
        return f"{seconds * 1000:.0f}ms" if seconds else "0s"
    if round(seconds, 1) < 10:
        return f"{seconds:.1f}".removesuffix(".0") + "s"
    return _two_units(seconds)


def _two_units(seconds: float) -> str:
    smaller = next(
        (
            step
            for (unit, _), (step, _) in pairwise(_DURATION_UNITS)
            if round(seconds / step) * step >= unit
        ),
        1,
    )
    rest = round(seconds / smaller) * smaller
    parts: list[str] = []
    for unit, name in _DURATION_UNITS:
        number, rest = divmod(rest, unit)
        parts += [f"{number}{name}"] if number else []
    return " ".join(parts)


def size(number_of_bytes: float) -> str:
    """Write a number of bytes in binary units: ``512 B``, ``64 MiB``, ``1.5 GiB``."""
    return _scaled(number_of_bytes, 1024, _SIZE_UNITS)


def rate(bytes_per_second: float) -> str:
    """Write a byte rate in decimal units, as settings and options spell it: ``5 MB/s``, ``1.5 MB/s``."""
    return _scaled(bytes_per_second, 1000, _RATE_UNITS)


def _scaled(value: float, step: int, units: tuple[str, ...]) -> str:
    unit = 0
    while unit + 1 < len(units) and abs(round(value, 1 if unit else 0)) >= step:
        value /= step
        unit += 1
    return f"{f'{value:.1f}'.removesuffix('.0') if unit else f'{value:.0f}'} {units[unit]}"


_SET_RATE_UNITS = (
    (("GB/s", 10**9), ("MB/s", 10**6), ("kB/s", 10**3)),
    (("GiB/s", 2**30), ("MiB/s", 2**20), ("KiB/s", 2**10)),
)
"""Decimal and binary, the largest first."""
_RATE_DECIMALS = 3


def rate_text(bytes_per_second: float) -> str:
    """Write a byte rate exactly, in the unit in which it was set: ``5 MB/s``, ``1.5 MiB/s``.

    What no unit holds with three decimals is written in bytes, ``1,234,567 B/s``.
    """
    exact: list[str] = []
    for units in _SET_RATE_UNITS:
        unit, size_of_unit = next((u for u in units if bytes_per_second >= u[1]), ("", 1))
        amount = round(bytes_per_second / size_of_unit, _RATE_DECIMALS)
        if unit and amount * size_of_unit == bytes_per_second:
            exact.append(f"{amount:.{_RATE_DECIMALS}f}".rstrip("0").rstrip(".") + f" {unit}")
    whole = bytes_per_second == int(bytes_per_second)
    number = f"{int(bytes_per_second):,}" if whole else f"{bytes_per_second:,.15g}"
    return min(exact, key=len, default=f"{number} B/s")
