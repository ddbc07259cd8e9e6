"""A point in time, as Kafka counts it and as interfaces write it."""

from dataclasses import dataclass
from datetime import UTC, datetime

CLOCK_TOLERANCE_MS = 5_000
"""Allowed clock difference: a timestamp further ahead is wrong, and proves no age."""

EARLIEST_SENSIBLE_MS = 10 * 365 * 86_400_000
"""Ten years after the epoch: present-day seconds misread as milliseconds fall before it. An earlier timestamp proves no
age, nor does -1, which means that there is no timestamp.
"""


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """Epoch milliseconds that present themselves as ISO 8601 in UTC."""

    ms: int

    def __str__(self) -> str:
        """Write it as ``2026-11-24T08:21:08.123Z``, or as a number where no calendar holds it."""
        try:
            moment = datetime.fromtimestamp(self.ms / 1000, tz=UTC)
        except (ValueError, OverflowError, OSError):
            return f"{self.ms} ms after 1970"
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def date(self) -> str:
        """Write the day only, ``2026-11-24``."""
        return str(self)[:10]
