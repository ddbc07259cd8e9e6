"""The smallest sum of sizes that is at least a given amount: which replicas to give away for the fewest bytes."""

from bisect import bisect_left, bisect_right

import numpy as np
from numpy.typing import NDArray

from steward.analysis.rebalance.layout import Floats

EXACT = 24
"""Up to this many sizes the sum is the smallest of all; beyond it is close to the amount."""


def least_cover(sizes: Floats, amount: float) -> list[int]:
    """Return ascending places of sizes whose sum is at least an amount, and as small as possible.

    ``sizes`` ascend and are positive. All places, if their sum is less than the amount. Up to EXACT sizes no other sum
    is smaller. Of more, the largest that fit are taken, and the rest is searched among a few of the others.
    """
    if float(sizes.sum()) <= amount:
        return list(range(len(sizes)))
    if len(sizes) <= EXACT:
        return _exact(sizes, amount)
    taken = _largest(sizes, amount)
    kept, loose = taken[: -EXACT // 3], taken[-EXACT // 3 :]
    left = amount - float(sizes[kept].sum())
    pool = sorted([*loose, *_near(sizes, left, frozenset(taken))])
    return sorted([*kept, *(pool[place] for place in _exact(sizes[pool], left))])


def _largest(sizes: Floats, amount: float) -> list[int]:
    """Take the largest sizes that fit into an amount, from large to small."""
    listed: list[float] = sizes.tolist()
    taken: list[int] = []
    place = len(listed)
    while (place := min(place, bisect_right(listed, amount)) - 1) >= 0:
        amount -= listed[place]
        taken.append(place)
    return taken


def _near(sizes: Floats, amount: float, taken: frozenset[int]) -> list[int]:
    """Return places that are not taken: the smallest sizes, and those from the amount on."""
    free = [place for place in range(len(sizes)) if place not in taken]
    start = bisect_left(free, amount, key=lambda place: float(sizes[place]))
    return sorted({*free[: EXACT // 3], *free[start : start + EXACT // 3]})


def _exact(sizes: Floats, amount: float) -> list[int]:
    """Search all sums of both halves of the sizes."""
    if float(sizes.sum()) <= amount:
        return list(range(len(sizes)))
    half = len(sizes) // 2
    first, second = _sums(sizes[:half]), _sums(sizes[half:])
    order = np.argsort(second, kind="stable")
    ascending = second[order]
    places = np.searchsorted(ascending, amount - first)
    there = places < len(ascending)
    total = np.where(there, first + ascending[np.minimum(places, len(ascending) - 1)], np.inf)
    best = int(total.argmin())
    masks = (best, int(order[places[best]]))
    return [n for n in range(half) if masks[0] >> n & 1] + [
        half + n for n in range(len(sizes) - half) if masks[1] >> n & 1
    ]


def _sums(sizes: Floats) -> NDArray[np.float64]:
    """Return the sum of every subset; bit n of its index says whether size n is in it."""
    found = np.zeros(1)
    for one in sizes.tolist():
        found = np.concatenate([found, found + one])
    return found
