"""Groups whose position Kafka will soon forget."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.names import is_console
from steward.analysis.checks.group.positions import (
    commits_by_itself,
    earlier_looks,
    has_members,
)
from steward.analysis.checks.registry import GROUPS, FoundState, check
from steward.analysis.checks.say import config_evidence, on_group, span
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group
from steward.model.snapshot import Part

_KEY = "offsets.retention.minutes"
_PARTS = (Part.GROUPS, Part.GROUP_OFFSETS, Part.BROKER_CONFIGS)


@check("G05", Severity.MEDIUM, over=GROUPS, parts=_PARTS)
def offsets_near_expiry(facts: Facts, group: Group) -> Iterator[FoundState]:
    """An empty group's committed offsets will expire soon.

    What it means: the group has no members, and offsets.retention.minutes, less the time for which it was seen
        empty, leaves less than the threshold offsets_expiry_hours. Kafka does not tell since when a group is empty,
        so the time left is an upper bound.
    Why it matters: once the offsets are gone, auto.offset.reset decides where the application goes on: it reads
        everything again, or skips what it has not read.
    What to do: start the application, or raise offsets.retention.minutes before the offsets are gone. If it was
        retired, delete the group.
    """
    if has_members(group) or not commits_by_itself(group) or is_console(group.id):
        return
    if not facts.committed(group.id):
        return
    entry = facts.any_broker_config(_KEY)
    empty_seconds = _empty_seconds(facts, group)
    left = int(entry.value or 0) * 60 - empty_seconds
    if left >= facts.thresholds.offsets_expiry_hours * 3600:
        return
    yield FoundState(
        object=on_group(group.id),
        summary=f"its offsets expire within {span(max(0, left))}, then auto.offset.reset decides where it goes on",
        evidence=(
            Evidence(f"ListGroups group {group.id}", "state", group.state),
            Evidence("looks at the group", "seen empty for", span(empty_seconds)),
            config_evidence("broker", entry),
        ),
        remedy=Remedy(
            "start its application; to win time, raise offsets.retention.minutes in server.properties of every "
            "broker and restart them one at a time",
            steward("group describe", group.id),
        ),
    )


def _empty_seconds(facts: Facts, group: Group) -> float:
    """Return for how long the looks saw the group empty, without a break until now."""
    since = facts
    for look, then in reversed(earlier_looks(facts, group.id) if facts.earlier else []):
        if has_members(then):
            break
        since = look
    return (facts.now_ms - since.now_ms) / 1000
