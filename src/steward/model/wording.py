"""The phrases that all judgements share, whatever they judge."""

from collections.abc import Iterable


def few(names: Iterable[object], most: int) -> str:
    """Name the first few of many, in the order given: ``a, b and 12 more``."""
    words = [str(name) for name in names]
    shown = ", ".join(words[:most])
    return f"{shown} and {len(words) - most} more" if len(words) > most else shown


def count(number: int, noun: str) -> str:
    """Count things: ``1 member``, ``3,000 members``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def span(seconds: float) -> str:
    """Write a duration in the unit that a person would use: ``40 s``, ``35 min``, ``7 h``, ``3 d``."""
    for limit, unit, size in ((120, "s", 1), (7_200, "min", 60), (172_800, "h", 3_600)):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} d"


def bytes_text(size: float) -> str:
    """Write a size in the unit that fits, ``1.5 GiB``."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if abs(size) < 1024:
            return f"{size:.0f} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
