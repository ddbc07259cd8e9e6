"""Sizes and counts, as the sentences of a plan write them."""


def bytes_text(size: float) -> str:
    """Write a size in the unit that fits, ``1.5 GiB``."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if abs(size) < 1024:
            return f"{size:.0f} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def records_text(count: int) -> str:
    """Write a number of records."""
    return f"{count:,} {'record' if count == 1 else 'records'}"
