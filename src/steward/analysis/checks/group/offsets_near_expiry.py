"""Groups whose committed offsets expire soon."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.names import is_console
from steward.analysis.checks.group.positions import (
    commits_by_itself,
    earlier_snapshots,
    has_members,
)
from steward.analysis.checks.registry import GROUPS, FoundState, check
from steward.analysis.checks.say import config_evidence, duration, on_group
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group
from steward.model.snapshot import Part

_KEY = "offsets.retention.minutes"
_PARTS = (Part.GROUPS, Part.GROUP_OFFSETS, Part.BROKER_CONFIGS)


@check("G05", Severity.MEDIUM, over=GROUPS, parts=_PARTS)
def offsets_near_expiry(facts: Facts, group: Group) -> Iterator[FoundState]:
    """An empty group's committed offsets will expire soon.

    What it means: the group has no members. offsets.retention.minutes, less the time for which it was observed empty,
        is below the threshold offsets_expiry_hours. Kafka does not report since when a group is empty, so the
        remaining time is an upper bound.
    Why it matters: after the offsets expire, auto.offset.reset decides where the application continues: it reads all
        records again, or skips unread ones.
    What to do: start the application, or raise offsets.retention.minutes before the offsets expire. If the application
        was retired, delete the group.
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
        summary=f"offsets expire within {duration(max(0, left))}; then auto.offset.reset decides where it continues",
        evidence=(
            Evidence(f"ListGroups group {group.id}", "state", group.state),
            Evidence("snapshots of the group", "observed empty for", duration(empty_seconds)),
            config_evidence("broker", entry),
        ),
        remedy=Remedy(
            "start its application; to gain time, raise offsets.retention.minutes in server.properties of every "
            "broker and restart them one at a time",
            steward("group describe", group.id),
        ),
    )


def _empty_seconds(facts: Facts, group: Group) -> float:
    """Return the seconds for which the snapshots show the group empty without a break until now."""
    since = facts
    for earlier, then in reversed(earlier_snapshots(facts, group.id) if facts.earlier else []):
        if has_members(then):
            break
        since = earlier
    return (facts.now_ms - since.now_ms) / 1000
