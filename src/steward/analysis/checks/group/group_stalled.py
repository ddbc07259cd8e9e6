"""Groups whose members make no progress."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.age import newest_possible_age
from steward.analysis.checks.group.positions import (
    commits_by_itself,
    earlier_snapshots,
    has_members,
    unread_positions,
)
from steward.analysis.checks.missing import FactMissing
from steward.analysis.checks.registry import GROUPS, FoundState, Nature, check
from steward.analysis.checks.say import count, duration, few, on_group
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why

_PARTS = (Part.GROUPS, Part.GROUP_OFFSETS, Part.OFFSETS, Part.TOPICS, Part.SAMPLES)


@check("G03", Severity.HIGH, over=GROUPS, parts=_PARTS, nature=Nature.STATE, needs_history=True)
def group_stalled(facts: Facts, group: Group) -> Iterator[FoundState]:
    """A group has members and unread records but commits no offsets.

    What it means: over all snapshots, at least the threshold stalled_seconds apart, no committed offset moved although
        every snapshot has unread records. The threshold is Java's max.poll.interval.ms, within which even a slow batch
        must finish. Over a shorter time a slow batch looks the same, so the result is unknown.
    Why it matters: a stalled group keeps its partitions, so no other member takes over, and its lag only grows.
    What to do: take a thread dump of the member. Check what it calls downstream and whether one record fails again and
        again, then restart that instance.
    """
    if not has_members(group) or not commits_by_itself(group):
        return
    since = _stalled_since(facts, group)
    if since is None:
        return
    positions = unread_positions(facts, group)
    seconds, limit = (
        facts.seconds_since(since, Part.GROUP_OFFSETS),
        facts.thresholds.stalled_seconds,
    )
    if seconds < limit:
        ages = [newest_possible_age(facts, position) for position in positions.lagging]
        if all(age is not None and age < limit for age in ages):
            return  # all unread records arrived recently
        raise FactMissing(
            Unknown(
                Why.NEEDS_HISTORY,
                f"no commits for {duration(seconds)}; a slow batch looks the same: "
                f"observe for {duration(limit)}",
            )
        )
    members = facts.detail(group).members
    yield FoundState(
        object=on_group(group.id),
        summary=f"no commits for {duration(seconds)} with {count(len(members), 'member')} and "
        f"{count(positions.unread, 'unread record')} in {count(len(positions.lagging), 'partition')}",
        evidence=(
            Evidence(
                f"OffsetFetch group {group.id}",
                "committed offset, first and now",
                few((f"{p.partition}={p.committed}" for p in positions.lagging), 3),
            ),
            Evidence(
                "ListOffsets", "end", few((f"{p.partition}={p.end}" for p in positions.lagging), 3)
            ),
            Evidence(
                f"group {group.id}",
                "members",
                few((f"{m.client_id} on {m.host}" for m in members), 3),
            ),
        ),
        remedy=Remedy("find the member that makes no progress", steward("diagnose", group.id)),
    )


def _stalled_since(facts: Facts, group: Group) -> Facts | None:
    """Return the first snapshot since which nothing was committed and something was unread; None if there is none."""
    committed = facts.committed(group.id)
    since = None
    for earlier, then in reversed(earlier_snapshots(facts, group.id)):
        lagged = unread_positions(earlier, then).lagging
        if not lagged or not has_members(then) or earlier.committed(group.id) != committed:
            break
        since = earlier
    return since if unread_positions(facts, group).lagging else None
