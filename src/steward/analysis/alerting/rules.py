"""Limits of each alert rule, for all groups or for groups that an override names."""

import re
from dataclasses import dataclass
from functools import lru_cache

from steward.analysis.alerting.alert import AlertCondition
from steward.model.lag import OBJECTIVE_SECONDS
from steward.model.turnover import STORM_REBALANCES, STORM_UNSTABLE_RATIO

FAST_BURN, SLOW_BURN = 14.4, 6.0
"""Multiples of the allowed rate: at 14.4 a month's budget lasts two days, at 6 five days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRules:
    """Limits for one group. Seconds; ``off`` are rules that do not apply to it."""

    objective_seconds: float = OBJECTIVE_SECONDS
    allowed_catch_up_seconds: float = 300.0
    off: frozenset[AlertCondition] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Different limits for some groups; None leaves a limit unchanged.

    ``group`` is a name or a regular expression that matches the whole name; ``cluster`` a profile's name, empty for
    all.
    """

    group: str
    cluster: str = ""
    objective_seconds: float | None = None
    allowed_catch_up_seconds: float | None = None
    off: frozenset[AlertCondition] | None = None

    def covers(self, cluster: str, group: str) -> bool:
        """Return whether it applies to a group."""
        if self.cluster not in ("", cluster):
            return False
        return self.group == group or re.fullmatch(self.group, group) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRules:
    """All limits. If several overrides match a group, the first applies.

    An alert clears after ``clear_ticks`` consecutive polls without the bad state; a lag clears below ``clear_ratio`` of
    its objective. ``good_minutes_ratio`` is the share of minutes in which a group must meet its objective.
    ``pending_seconds`` is how long a rule's state must last before a notification.
    """

    groups: GroupRules = GroupRules()
    overrides: tuple[Override, ...] = ()
    off: frozenset[AlertCondition] = frozenset()
    clear_ratio: float = 0.8
    clear_ticks: int = 3
    good_minutes_ratio: float = 0.99
    loss_within_seconds: float = 3_600.0
    stale_intervals: float = 3.0
    storm_rebalances: int = STORM_REBALANCES
    storm_not_stable_ratio: float = STORM_UNSTABLE_RATIO
    unknown_pending_seconds: float = 60.0
    under_min_isr_pending_seconds: float = 30.0
    repeat_seconds: float = 4 * 3_600.0

    def pending_seconds(self, rule: AlertCondition) -> float:
        """Return how long a rule's state must last; states that a leader election causes briefly are not notified."""
        if rule in (AlertCondition.LAG_UNKNOWN, AlertCondition.UNSEEN):
            return self.unknown_pending_seconds
        return self.under_min_isr_pending_seconds if rule is AlertCondition.UNDER_MIN_ISR else 0.0


@lru_cache(maxsize=100_000)
def rules_for(rules: AlertRules, cluster: str, group: str) -> GroupRules:
    """Return the limits for a group."""
    base = rules.groups
    for override in rules.overrides:
        if override.covers(cluster, group):
            objective, catch_up = override.objective_seconds, override.allowed_catch_up_seconds
            return GroupRules(
                objective_seconds=base.objective_seconds if objective is None else objective,
                allowed_catch_up_seconds=base.allowed_catch_up_seconds
                if catch_up is None
                else catch_up,
                off=rules.off | (base.off if override.off is None else override.off),
            )
    return GroupRules(
        objective_seconds=base.objective_seconds,
        allowed_catch_up_seconds=base.allowed_catch_up_seconds,
        off=rules.off | base.off,
    )
