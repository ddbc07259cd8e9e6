"""Groups whose lag is above the objective."""

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
    earlier_snapshots,
    has_members,
    unread_positions,
)
from steward.analysis.checks.missing import FactMissing
from steward.analysis.checks.registry import GROUPS, FoundState, Nature, check
from steward.analysis.checks.say import count, duration, few, on_group
from steward.model.bad_states import SEVERITY_OF, BadState
from steward.model.command import steward
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.group import Group
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why

_PARTS = (
    Part.GROUPS, Part.GROUP_OFFSETS, Part.OFFSETS, Part.TOPICS, Part.SAMPLES, Part.MAX_TIMESTAMPS,
)  # fmt: skip
_MAX_CATCH_UP = 10
"""A group whose lag falls is still reported if it needs more than this multiple of the objective to catch up."""


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

    What it means: the next record that the group reads is older than the threshold objective_lag_seconds. The age is a
        lower bound, and the finding names its basis: the record was present in an earlier snapshot; or no record in its
        batch, or in its partition, has a later timestamp. Timestamps of later records prove nothing, because timestamps
        need not rise with offsets. Without such a bound, the age is half of an estimate from the arrival rate, and the
        finding says so; without a rate the result is unknown. Groups with only transaction markers to read and topics
        that no member reads are left out. For a group without members the severity is medium, and only while records
        arrive.
    Why it matters: consumers of this data work with old data. If lag keeps growing, retention deletes records before
        they are read.
    What to do: let steward find the cause (a stuck or slow member, a hot partition, a quota, too few members) before
        you add members or partitions.
    """
    if not commits_by_itself(group) or is_console(group.id):
        return
    positions = unread_positions(facts, group)
    lagging = with_records(facts, _relevant(facts, group, positions.lagging))
    age = oldest_unread(facts, lagging)
    limit = facts.thresholds.objective_lag_seconds
    if lagging and not _catches_up(facts, group, lagging):
        if age and age.seconds > limit:
            yield _found(group, age, lagging, limit)
        elif unclear := not_bounded(facts, lagging, limit):
            raise FactMissing(_unknown_age(facts, group, unclear))
    positions.require_all_offsets()


def _unknown_age(facts: Facts, group: Group, unclear: tuple[CheckedPosition, ...]) -> Unknown:
    seconds = facts.seconds_since(facts.require_history(), Part.OFFSETS)
    return Unknown(
        Why.NEEDS_HISTORY,
        f"the age of the oldest unread record of {few((p.partition for p in unclear), 2)} is unknown after "
        f"{duration(seconds)}: no snapshot saw it arrive, its timestamp was not sampled, and timestamps of "
        f"later records prove nothing; measuring the lag of group {group.id} reads it",
    )


def _relevant(
    facts: Facts, group: Group, lagging: tuple[CheckedPosition, ...]
) -> Iterable[CheckedPosition]:
    """Return the positions in topics that members read; without members, those where records still arrive."""
    if not has_members(group):
        return (p for p in lagging if arrives(facts, p))
    facts.detail(group)  # without the members' subscriptions no topic can be left out
    return lagging


def _catches_up(facts: Facts, group: Group, lagging: tuple[CheckedPosition, ...]) -> bool:
    """Return whether the unread records, falling as they did between snapshots, will soon be read."""
    seen = {p.partition for p in lagging}
    unread = sum(p.unread for p in lagging)
    for earlier, then in earlier_snapshots(facts, group.id)[:1]:
        before = sum(
            p.unread for p in unread_positions(earlier, then).lagging if p.partition in seen
        )
        seconds = facts.seconds_since(earlier, Part.OFFSETS)
        fallen = before - unread
        return (
            fallen > 0
            and unread * seconds / fallen <= _MAX_CATCH_UP * facts.thresholds.objective_lag_seconds
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
        summary=f"lag is {kind} {duration(age.seconds)} ({age.basis}), the objective is {duration(limit)}: "
        f"{count(unread, 'unread record')} in {count(len(lagging), 'partition')}"
        + ("" if has_members(group) else "; the group has no members"),
        evidence=(
            Evidence(
                f"OffsetFetch group {group.id}",
                f"{worst.partition} committed",
                str(worst.committed),
            ),
            Evidence("ListOffsets", f"{worst.partition} end", str(worst.end)),
            Evidence("oldest unread record", f"age {kind}, {age.basis}", duration(age.seconds)),
        ),
        remedy=Remedy(
            "find the cause before you add members or partitions",
            steward("diagnose", group.id),
        ),
    )
