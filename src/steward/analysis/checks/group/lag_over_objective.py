"""Groups that read too late."""

from collections.abc import Iterable, Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.age import (
    PositionAge,
    arrives,
    not_bounded,
    oldest_unread,
    with_records,
)
from steward.analysis.checks.group.names import is_console
from steward.analysis.checks.group.positions import (
    CheckedPosition,
    commits_by_itself,
    earlier_looks,
    has_members,
    standing,
)
from steward.analysis.checks.missing import FactMissing
from steward.analysis.checks.registry import GROUPS, FoundState, Nature, check
from steward.analysis.checks.say import count, few, on_group, span
from steward.model.bad_states import SEVERITY_OF, BadState
from steward.model.command import steward
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.group import Group
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why

_PARTS = (
    Part.GROUPS, Part.GROUP_OFFSETS, Part.OFFSETS, Part.TOPICS, Part.SAMPLES, Part.MAX_TIMESTAMPS,
)  # fmt: skip
_PATIENCE = 10
"""How many times the objective a group may take to catch up before falling lag is a finding all the same."""


@check(
    "G02",
    SEVERITY_OF[BadState.LAG_OVER_OBJECTIVE],
    over=GROUPS,
    parts=_PARTS,
    nature=Nature.STATE,
    needs_history=True,
)
def lag_over_objective(facts: Facts, group: Group) -> Iterator[FoundState]:
    """A group's oldest unread record is older than the objective, and the group is not catching up.

    What it means: the next record that the group has to read is older than the threshold objective_lag_seconds.
        The age is a lower bound, with its ground named: the record was there in an earlier look; or no record in its
        batch, or in its partition, is stamped later. Timestamps of records behind it prove nothing, since timestamps
        need not rise with offsets. Else it is an estimate from the rate of arrivals, halved, and says so; and where
        there is none either, the group is unknown. Groups with nothing but transaction markers to read are left out.
        Topics that no member reads are left out. Where the group has no members it is of medium severity, and only
        while records go on arriving.
    Why it matters: what depends on this data works with the past. If lag grows on, retention removes records
        before they are read.
    What to do: let steward say why (a stuck or slow member, a hot partition, a quota, too few members) before adding
        members or partitions.
    """
    if not commits_by_itself(group) or is_console(group.id):
        return
    stand = standing(facts, group)
    lagging = with_records(facts, _of_interest(facts, group, stand.lagging))
    age = oldest_unread(facts, lagging)
    limit = facts.thresholds.objective_lag_seconds
    if lagging and not _catches_up(facts, group, lagging):
        if age and age.seconds > limit:
            yield _found(group, age, lagging, limit)
        elif unclear := not_bounded(facts, lagging, limit):
            raise FactMissing(_no_age(facts, group, unclear))
    stand.require_whole()


def _no_age(facts: Facts, group: Group, unclear: tuple[CheckedPosition, ...]) -> Unknown:
    seconds = facts.seconds_since(facts.require_history(), Part.OFFSETS)
    return Unknown(
        Why.NEEDS_HISTORY,
        f"how old the oldest unread record of {few((p.partition for p in unclear), 2)} is was not learned in "
        f"{span(seconds)}: no look saw it arrive, its timestamp was not sampled, and those of later records prove "
        f"nothing. {steward('lag', group.id)} reads it",
    )


def _of_interest(
    facts: Facts, group: Group, lagging: tuple[CheckedPosition, ...]
) -> Iterable[CheckedPosition]:
    """Return the positions in topics that members read; without members, those where records still arrive."""
    if not has_members(group):
        return (p for p in lagging if arrives(facts, p))
    facts.detail(group)  # without members' subscriptions nothing can be left out
    return lagging


def _catches_up(facts: Facts, group: Group, lagging: tuple[CheckedPosition, ...]) -> bool:
    """Tell whether the unread records, falling as they did between looks, will soon be read."""
    seen = {p.partition for p in lagging}
    unread = sum(p.unread for p in lagging)
    for look, then in earlier_looks(facts, group.id)[:1]:
        before = sum(p.unread for p in standing(look, then).lagging if p.partition in seen)
        seconds = facts.seconds_since(look, Part.OFFSETS)
        fallen = before - unread
        return (
            fallen > 0
            and unread * seconds / fallen <= _PATIENCE * facts.thresholds.objective_lag_seconds
        )
    return False


def _found(
    group: Group, age: PositionAge, lagging: tuple[CheckedPosition, ...], limit: float
) -> FoundState:
    worst, unread = age.position, sum(p.unread for p in lagging)
    kind = "about" if age.is_estimate else "at least"
    return FoundState(
        object=on_group(group.id),
        severity=SEVERITY_OF[BadState.LAG_OVER_OBJECTIVE]
        if has_members(group)
        else Severity.MEDIUM,
        confidence=Confidence.OBSERVED if age.is_observed else Confidence.INFERRED,
        summary=f"lag is {kind} {span(age.seconds)} ({age.ground}), the objective is {span(limit)}: "
        f"{count(unread, 'unread record')} in {count(len(lagging), 'partition')}"
        + ("" if has_members(group) else ", and nobody reads"),
        evidence=(
            Evidence(
                f"OffsetFetch group {group.id}",
                f"{worst.partition} committed",
                str(worst.committed),
            ),
            Evidence("ListOffsets", f"{worst.partition} end", str(worst.end)),
            Evidence("oldest unread record", f"age {kind}, {age.ground}", f"{age.seconds:.0f} s"),
        ),
        remedy=Remedy(
            "find the cause before adding members or partitions",
            steward("diagnose", group.id),
        ),
    )
