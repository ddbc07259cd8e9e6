"""How fast a group consumes its error budget: bad minutes in windows of five minutes to six hours."""

from dataclasses import dataclass

MINUTES = 360
"""Length of the stored history: the longest window."""
_ALL = (1 << MINUTES) - 1


@dataclass(frozen=True, slots=True)
class BadMinutes:
    """The minutes of the last six hours in which a group was proved over its objective.

    Bit n of ``bits`` is the minute ``minute`` - n, in minutes since the epoch. Minutes without a measurement count as
    good: a burn is proved, never assumed.
    """

    minute: int
    bits: int

    def seen(self, minute: int, *, bad: bool) -> "BadMinutes":
        """Return a copy with a poll's minute added; if the clock stepped back, the poll adds to the latest minute."""
        ahead = max(0, minute - self.minute)
        bits = (self.bits << min(ahead, MINUTES)) & _ALL
        return BadMinutes(max(self.minute, minute), bits | int(bad))

    def count(self, minutes: int) -> int:
        """Return how many of the latest minutes were bad."""
        return (self.bits & ((1 << minutes) - 1)).bit_count()

    def burn(self, minutes: int, good_ratio: float) -> float:
        """Return the multiple of the allowed rate over a window: 1 consumes exactly the budget."""
        return self.count(minutes) / minutes / (1.0 - good_ratio)
