"""Groups whose members are there and do not get on."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.age import newest_possible_age
from steward.analysis.checks.group.positions import (
    commits_by_itself,
    earlier_looks,
    has_members,
    standing,
)
from steward.analysis.checks.missing import FactMissing
from steward.analysis.checks.registry import GROUPS, FoundState, Nature, check
from steward.analysis.checks.say import count, few, on_group, span
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why

_PARTS = (Part.GROUPS, Part.GROUP_OFFSETS, Part.OFFSETS, Part.TOPICS, Part.SAMPLES)


@check("G03", Severity.HIGH, over=GROUPS, parts=_PARTS, nature=Nature.STATE, needs_history=True)
def group_stalled(facts: Facts, group: Group) -> Iterator[FoundState]:
    """A group has members and unread records, and commits nothing.

    What it means: over all looks, which span at least the threshold stalled_seconds, not one committed offset
        moved although every look found unread records. The threshold is Java's max.poll.interval.ms: even a slow
        batch must be back by then. In a shorter time a slow batch looks the same, and the group is unknown.
    Why it matters: a stalled group keeps its partitions, so that no other member takes over, and its lag only grows.
    What to do: take a thread dump of the member, look at what it calls downstream and for a record that it fails
        on again and again, then restart that instance.
    """
    if not has_members(group) or not commits_by_itself(group):
        return
    since = _still_since(facts, group)
    if since is None:
        return
    stand = standing(facts, group)
    seconds, limit = (
        facts.seconds_since(since, Part.GROUP_OFFSETS),
        facts.thresholds.stalled_seconds,
    )
    if seconds < limit:
        ages = [newest_possible_age(facts, position) for position in stand.lagging]
        if all(age is not None and age < limit for age in ages):
            return  # whatever is unread arrived a short time ago
        raise FactMissing(
            Unknown(
                Why.NEEDS_HISTORY,
                f"it committed nothing for {span(seconds)}, and so does one that works on a slow batch: "
                f"look for {span(limit)}",
            )
        )
    members = facts.detail(group).members
    yield FoundState(
        object=on_group(group.id),
        summary=f"nothing committed for {span(seconds)} with {count(len(members), 'member')} and "
        f"{count(stand.unread, 'unread record')} in {count(len(stand.lagging), 'partition')}",
        evidence=(
            Evidence(
                f"OffsetFetch group {group.id}",
                "committed then and now",
                few((f"{p.partition}={p.committed}" for p in stand.lagging), 3),
            ),
            Evidence(
                "ListOffsets", "end", few((f"{p.partition}={p.end}" for p in stand.lagging), 3)
            ),
            Evidence(
                f"group {group.id}",
                "members",
                few((f"{m.client_id} on {m.host}" for m in members), 3),
            ),
        ),
        remedy=Remedy("find the member that does not get on", steward("diagnose", group.id)),
    )


def _still_since(facts: Facts, group: Group) -> Facts | None:
    """Return the first look from which on nothing was committed and something was unread; None if not so."""
    committed = facts.committed(group.id)
    since = None
    for look, then in reversed(earlier_looks(facts, group.id)):
        lagged = standing(look, then).lagging
        if not lagged or not has_members(then) or look.committed(group.id) != committed:
            break
        since = look
    return since if standing(facts, group).lagging else None
