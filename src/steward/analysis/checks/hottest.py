"""The partition of a topic that has far more data or traffic than the others: the first sign of a hot key."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class HottestPartition:
    """The largest partition of a topic, and the median of the others."""

    index: int
    value: float
    siblings: float

    @property
    def times(self) -> str:
        """How much more it is, as text."""
        if not self.siblings:
            return "nearly everything"
        return f"{self.value / self.siblings:.0f} times the median of the others"


def hottest(values: Sequence[float], ratio: float) -> HottestPartition | None:
    """Return the largest value and its index if it exceeds ``ratio`` times the median of all others."""
    largest = max(values)
    if largest <= 0:
        return None
    index = values.index(largest)
    siblings = median([*values[:index], *values[index + 1 :]])
    return HottestPartition(index, largest, siblings) if largest > ratio * siblings else None
