"""Groups whose names do not show their owner."""

import re
from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.names import is_console
from steward.analysis.checks.group.positions import deletion, earlier_snapshots, has_members
from steward.analysis.checks.registry import GROUPS, FoundState, check
from steward.analysis.checks.say import duration, on_group
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group
from steward.model.snapshot import Part


@check("G09", Severity.LOW, over=GROUPS, parts=(Part.GROUPS, Part.GROUP_OFFSETS))
def group_name_off_convention(facts: Facts, group: Group) -> Iterator[FoundState]:
    """A group's name does not follow the convention, or the console consumer generated it for one use.

    What it means: the name does not match the threshold group_name_pattern (not set by default). Or it is a generated
        name such as console-consumer-12345 that has committed offsets or has existed longer than
        console_group_seconds: the console consumer commits nothing by default, so the name is in regular use.
    Why it matters: the name does not show the owner, and prefixed ACLs do not match it. A job that relies on a
        generated name starts from the beginning when it is started without it.
    What to do: give the consumer a group with the owner's prefix (--group), copy the offsets to it, and delete this
        group.
    """
    pattern = facts.thresholds.group_name_pattern
    if is_console(group.id):
        problem = _console(facts, group)
    elif pattern and not re.fullmatch(pattern, group.id):
        problem = ("does not follow the naming convention", "group_name_pattern", pattern)
    else:
        return
    if problem is None:
        return
    what, fact, value = problem
    yield FoundState(
        object=on_group(group.id),
        summary=what,
        evidence=(
            Evidence(f"ListGroups group {group.id}", "state", group.state),
            Evidence(f"group {group.id}", fact, value),
        ),
        remedy=Remedy(
            "let the application use a group that follows the convention, then delete this one",
            deletion(group),
        ),
    )


def _console(facts: Facts, group: Group) -> tuple[str, str, str] | None:
    committed = facts.committed(group.id)
    if committed:
        what = "a generated name for one use has committed offsets"
        return what, "partitions with offsets", str(len(committed))
    if not facts.earlier or not has_members(group):
        return None
    since = next(
        (earlier for earlier, then in earlier_snapshots(facts, group.id) if has_members(then)),
        facts,
    )
    seconds = (facts.now_ms - since.now_ms) / 1000
    if seconds <= facts.thresholds.console_group_seconds:
        return None
    return (
        f"a console consumer has been running for {duration(seconds)}",
        "seen for",
        duration(seconds),
    )
