"""Malloc tuning: each poll allocates large arrays, and their memory should return to the system at once."""

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
"""Parameters of glibc's mallopt(3), from malloc.h."""
_LARGE_BYTES = 1 << 20
_ARENAS = 2


def give_large_blocks_back() -> bool:
    """Map allocations above 1 MiB separately, and use few arenas; return whether this took effect.

    For processes whose polls allocate arrays of megabytes. By default glibc raises that threshold up to 32 MiB as such
    arrays are freed, and keeps them in heaps, eight per processor: resident memory then grows in steps although nothing
    is kept. C libraries without mallopt are unaffected.
    Source: mallopt(3), M_MMAP_THRESHOLD and M_ARENA_MAX.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        return all((mallopt(_MMAP_THRESHOLD, _LARGE_BYTES), mallopt(_ARENA_MAX, _ARENAS)))
    return False
