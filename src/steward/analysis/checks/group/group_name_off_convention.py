"""Groups whose names tell nobody whose they are."""

import re
from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.names import is_console
from steward.analysis.checks.group.positions import deletion, earlier_looks, has_members
from steward.analysis.checks.registry import GROUPS, FoundState, check
from steward.analysis.checks.say import on_group, span
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group
from steward.model.snapshot import Part


@check("G09", Severity.LOW, over=GROUPS, parts=(Part.GROUPS, Part.GROUP_OFFSETS))
def group_name_off_convention(facts: Facts, group: Group) -> Iterator[FoundState]:
    """A group's name does not follow the convention, or was made up by the console consumer for one use.

    What it means: the name does not match the threshold group_name_pattern (none is set at first); or it is a
        console-consumer-12345 that commits offsets or is around for longer than console_group_seconds: the console
        consumer commits nothing unless it is told to, so somebody uses the name for more than a look.
    Why it matters: nobody can be asked about such a group, prefixed ACLs do not fit it, and a job that relies on a
        made-up name starts from the beginning when it is started again without it.
    What to do: give the consumer a group of the owner's prefix (--group), carry its offsets over, and delete this one.
    """
    pattern = facts.thresholds.group_name_pattern
    if is_console(group.id):
        said = _console(facts, group)
    elif pattern and not re.fullmatch(pattern, group.id):
        said = ("does not follow the convention for names", "group_name_pattern", pattern)
    else:
        return
    if said is None:
        return
    what, fact, value = said
    yield FoundState(
        object=on_group(group.id),
        summary=what,
        evidence=(
            Evidence(f"ListGroups group {group.id}", "state", group.state),
            Evidence(f"group {group.id}", fact, value),
        ),
        remedy=Remedy(
            "let the application use a group named by the convention, then delete this one",
            deletion(group),
        ),
    )


def _console(facts: Facts, group: Group) -> tuple[str, str, str] | None:
    committed = facts.committed(group.id)
    if committed:
        what = "a name made up for one use keeps committed offsets"
        return what, "partitions with offsets", str(len(committed))
    if not facts.earlier or not has_members(group):
        return None
    since = next(
        (look for look, then in earlier_looks(facts, group.id) if has_members(then)), facts
    )
    seconds = (facts.now_ms - since.now_ms) / 1000
    if seconds <= facts.thresholds.console_group_seconds:
        return None
    return f"a console consumer has been running for {span(seconds)}", "seen for", span(seconds)
