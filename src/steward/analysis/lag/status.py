"""Status of a group by its lag: the one definition for commands, the daemon and its history."""

from dataclasses import dataclass

from steward.model.lag import OBJECTIVE_SECONDS, LagStatus

OK_RATIO = 0.2
"""Share of the objective up to which a group with lag counts as ok: consumers that commit every few seconds always
have some lag, and it needs no action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LagObjective:
    """Highest acceptable lag of a group, and the share of it that counts as ok. Units: seconds."""

    seconds: float = OBJECTIVE_SECONDS
    ok_ratio: float = OK_RATIO

    @property
    def ok_seconds(self) -> float:
        """Lag up to which a group is ok."""
        return self.seconds * self.ok_ratio


def lag_status(
    objective: LagObjective,
    *,
    value: float | None,
    low: float | None,
    is_lost: bool,
    is_behind: bool,
    is_partly_unknown: bool,
) -> LagStatus:
    """Return the status for a lag in seconds: the estimate and the proved lower bound, None if unknown.

    over_objective only if the lower bound proves it, or the estimate exceeds the objective. ``is_partly_unknown``: the
    age of some partition's oldest unread record is unknown, so that a small lag proves nothing.
    """
    if is_lost:
        return LagStatus.DATA_LOSS
    worst = max(value or 0.0, low or 0.0)
    if worst > objective.seconds:
        return LagStatus.OVER_OBJECTIVE
    if value is None or (is_partly_unknown and worst <= objective.ok_seconds):
        return LagStatus.UNKNOWN
    return LagStatus.LAGGING if is_behind and value > objective.ok_seconds else LagStatus.OK
