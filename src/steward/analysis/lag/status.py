"""What a group's lag amounts to: the one definition of its status, for commands, the daemon and its history."""

from dataclasses import dataclass

from steward.model.lag import OBJECTIVE_SECONDS, LagStatus

OK_RATIO = 0.2
"""Share of the objective up to which a group that is behind counts as ok: consumers that commit every few seconds are
always a little behind, and nobody has to do anything about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LagObjective:
    """The lag that a group may have, and the share of it that does not count. Units: seconds."""

    seconds: float = OBJECTIVE_SECONDS
    ok_ratio: float = OK_RATIO

    @property
    def ok_seconds(self) -> float:
        """The lag up to which a group is ok."""
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
    """Judge a lag in seconds: estimate and proved lower bound, None where not known.

    Shape: over_objective only where the lower bound proves it, or the estimate says it. ``is_partly_unknown``: the age
           of some partition's oldest unread record is not known, so that a small lag proves nothing.
    """
    if is_lost:
        return LagStatus.DATA_LOSS
    worst = max(value or 0.0, low or 0.0)
    if worst > objective.seconds:
        return LagStatus.OVER_OBJECTIVE
    if value is None or (is_partly_unknown and worst <= objective.ok_seconds):
        return LagStatus.UNKNOWN
    return LagStatus.LAGGING if is_behind and value > objective.ok_seconds else LagStatus.OK
