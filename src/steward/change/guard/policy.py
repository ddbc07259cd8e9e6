"""The guard's input from configuration: the cluster's policy and the waivers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from steward.model.connection import Environment
from steward.model.error import ConfigurationError
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.partition_limits import CONFIRM_ABOVE_PARTITIONS, REFUSE_ABOVE_PARTITIONS
from steward.model.policy import Criticality

CelFacts = Mapping[str, Any]
"""Variables of a CEL rule by name: numbers, texts, lists, mappings, None."""

CelRule = Callable[[CelFacts], bool | str]
"""From variables to whether the rule holds, or why that is unknown."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MS = 86_400_000
_THURSDAY = 3
_WINDOW = re.compile(r"(?:(?P<days>[A-Za-z,-]+)\s+)?(?P<from>\d\d:\d\d)-(?P<to>\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """Days (0 is Monday) and minutes of the day, UTC, in which disruptive changes may run."""

    days: frozenset[int]
    from_minute: int
    to_minute: int

    @property
    def is_never(self) -> bool:
        """Return whether no time is inside."""
        return self.from_minute == self.to_minute

    def holds(self, now: Instant) -> bool:
        """Return whether a time is inside; a window over midnight belongs to the day on which it opens."""
        day = (now.ms // _DAY_MS + _THURSDAY) % 7
        minute = now.ms % _DAY_MS // 60_000
        if self.from_minute <= self.to_minute:
            return day in self.days and self.from_minute <= minute < self.to_minute
        opened_today = day in self.days and minute >= self.from_minute
        return opened_today or ((day - 1) % 7 in self.days and minute < self.to_minute)


def window_of(text: str) -> MaintenanceWindow:
    """Parse ``sat,sun 02:00-06:00``, ``mon-fri 22:00-04:00`` or ``02:00-04:00``; times are UTC.

    Errors: ConfigurationError.
    """
    match = _WINDOW.fullmatch(text.strip())
    if match is None:
        raise _no_window(text)
    try:
        days = frozenset(
            day for word in (match["days"] or "mon-sun").split(",") for day in _days(word)
        )
        return MaintenanceWindow(days, _minute(match["from"]), _minute(match["to"]))
    except ValueError:
        raise _no_window(text) from None


def _no_window(text: str) -> ConfigurationError:
    return ConfigurationError(
        f"{text!r} is not a maintenance window", remedy="write it as: sat,sun 02:00-06:00 (UTC)"
    )


def _days(word: str) -> list[int]:
    first, dash, last = word.lower().partition("-")
    start = DAYS.index(first)
    end = DAYS.index(last) if dash else start
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]


def _minute(text: str) -> int:
    hour, minute = int(text[:2]), int(text[3:])
    if hour > 24 or minute > 59 or hour * 60 + minute > 24 * 60:
        raise ValueError(text)
    return hour * 60 + minute


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWaiver:
    """Exempts objects from a guard rule; ``object`` as ``topic orders``, or with ``*``.

    ``expires`` is the last valid day, YYYY-MM-DD.
    """

    rule: str
    object: str
    reason: str
    expires: str

    def covers(self, rule: str, target: ObjectRef, now: Instant) -> bool:
        """Return whether it exempts an object from a rule now."""
        return self._names(rule, target) and now.date() <= self.expires

    def is_over(self, rule: str, target: ObjectRef, now: Instant) -> bool:
        """Return whether it would apply but has expired."""
        return self._names(rule, target) and now.date() > self.expires

    def _names(self, rule: str, target: ObjectRef) -> bool:
        matches = self.object in ("*", str(target)) or fnmatchcase(str(target), self.object)
        return self.rule == rule and matches


def _nowhere(_: str) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomPolicy:
    """One custom rule.

    ``kinds`` are the kinds of manifests it applies to, empty for all. ``target`` is ``resource`` (what a step leaves)
    or ``change``. ``effect`` is warn, approve or refuse. ``place`` is where it was written.
    """

    name: str
    kinds: tuple[str, ...]
    target: str
    effect: str
    message: str
    rule: CelRule
    place: str

    def applies_to(self, kind: str) -> bool:
        """Return whether it applies to objects of a kind."""
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is allowed on one cluster.

    ``allow_partial``: a plan may run without its impossible steps. ``protected``: names or shell patterns of objects
    that only safe changes may touch. ``windows``: if set, the only times for disruptive changes. A topic with more than
    ``max_partitions_per_topic`` needs confirmation, with more than ``most_partitions_per_topic`` it is refused. Limits
    count per plan; 0 bytes means no limit. Moves of partitions, and the elections that end them, have their own limits.
    ``principal``: steward's own principal, empty if unknown. ``allowed_programs``: real paths of the programs that a
    plan may run on this machine; ``real_path`` returns that of a program's name, empty if there is none.
    """

    environment: Environment = Environment.PRODUCTION
    criticality: Mapping[str, Criticality] = field(default_factory=dict[str, Criticality])
    read_only: bool = False
    allow_partial: bool = False
    protected: tuple[str, ...] = ()
    windows: tuple[MaintenanceWindow, ...] = ()
    confirm_above_partitions: int = CONFIRM_ABOVE_PARTITIONS
    refuse_above_partitions: int = REFUSE_ABOVE_PARTITIONS
    max_destructive_steps: int = 20
    max_disruptive_steps: int = 1_000
    max_destroyed_bytes: int = 0
    max_moved_partitions: int = 10_000
    max_moved_bytes: int = 0
    waivers: tuple[RuleWaiver, ...] = ()
    custom: tuple[CustomPolicy, ...] = ()
    principal: str = ""
    allowed_programs: frozenset[str] = frozenset()
    real_path: Callable[[str], str] = field(default=_nowhere)

    @property
    def is_production(self) -> bool:
        """Whether the rules for production apply."""
        return self.environment is Environment.PRODUCTION
