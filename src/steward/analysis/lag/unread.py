"""What is unread in a partition, from a committed offset and the bounds of the log.

Each function takes whole numbers, or columns of them, and returns the same: the lag of one position and that of
millions follow from one definition. A column whose offsets may be ABSENT is masked by its caller.
"""

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # a list of groups needs the definitions, not numpy
    import numpy as np
    from numpy.typing import NDArray

    Offsets = TypeVar("Offsets", int, NDArray[np.int64])
else:
    Offsets = TypeVar("Offsets")


def lag_records(committed: Offsets, end: Offsets) -> Offsets:
    """Return the offsets between a commit and the log end, 0 for a commit beyond the end.

    The records below the log start count: they were not consumed. Compacted or aborted offsets count too.
    """
    return (end - committed) * (end > committed)


def lost_records(committed: Offsets, start: Offsets) -> Offsets:
    """Return the offsets from a commit up to the log start: deleted before they were consumed."""
    return (start - committed) * (start > committed)


def first_unread(committed: Offsets, start: Offsets) -> Offsets:
    """Return the offset at which the group reads on: its commit, or the log start if that is later."""
    return committed + lost_records(committed, start)


def stored_unread(committed: Offsets, start: Offsets, end: Offsets) -> Offsets:
    """Return the unread offsets that are still stored."""
    return lag_records(first_unread(committed, start), end)
