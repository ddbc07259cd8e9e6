"""The daemon's heap: large arrays come and go at every look, and their memory shall go back at once."""

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
"""Parameters of glibc's mallopt(3), from malloc.h."""
_LARGE_BYTES = 1 << 20
_ARENAS = 2


def give_large_blocks_back() -> bool:
    """Let the allocator map what is larger than 1 MiB by itself, and keep few arenas; return whether it does.

    Shape: for processes whose looks make arrays of megabytes. By default glibc raises that threshold up to 32 MiB as
           such arrays are freed, and keeps them in heaps of which it has eight a processor: resident memory then rises
           by steps without anything being kept. Other C libraries, which have no mallopt, stay as they are.
    Source: mallopt(3), M_MMAP_THRESHOLD and M_ARENA_MAX.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        return all((mallopt(_MMAP_THRESHOLD, _LARGE_BYTES), mallopt(_ARENA_MAX, _ARENAS)))
    return False
