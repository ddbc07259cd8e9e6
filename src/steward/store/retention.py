"""How long what is kept, and how coarse it becomes with age."""

from dataclasses import dataclass

HOUR_S = 3_600
DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Ages in seconds up to which looks, minutes and tens of minutes are kept; a size that is never passed for long.

    ``looks_s`` is for single looks, which are merged into spans of ``minute_step_s`` then; those are kept up to
    ``minutes_s`` and merged into spans of ``coarse_step_s``; those are deleted at ``coarse_s``.
    """

    looks_s: int = 24 * HOUR_S
    minutes_s: int = 7 * DAY_S
    coarse_s: int = 90 * DAY_S
    minute_step_s: int = 60
    coarse_step_s: int = 600
    events_s: int = 90 * DAY_S
    diagnosis_looks_s: int = 20 * 60
    alerts_s: int = 30 * DAY_S
    deliveries_s: int = 7 * DAY_S
    max_bytes: int = 2 * 1024**3
