"""How long each resolution of history is kept."""

from dataclasses import dataclass

HOUR_S = 3_600
DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Maximum ages in seconds of samples, minutes and tens of minutes; and a size that is only briefly exceeded.

    Samples up to ``looks_s`` are kept singly, then merged into spans of ``minute_step_s``; these are kept up to
    ``minutes_s`` and merged into spans of ``coarse_step_s``; those are deleted at ``coarse_s``.
    """

    looks_s: int = 24 * HOUR_S
    minutes_s: int = 7 * DAY_S
    coarse_s: int = 90 * DAY_S
    minute_step_s: int = 60
    coarse_step_s: int = 600
    events_s: int = 90 * DAY_S
    group_samples_s: int = 20 * 60
    alerts_s: int = 30 * DAY_S
    deliveries_s: int = 7 * DAY_S
    max_bytes: int = 2 * 1024**3
