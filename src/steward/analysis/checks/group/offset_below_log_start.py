"""Groups that lose records before they read them."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.names import is_console
from steward.analysis.checks.group.positions import (
    CheckedPosition,
    UnreadPositions,
    commits_by_itself,
    earlier_snapshots,
    has_members,
    unread_positions,
)
from steward.analysis.checks.registry import GROUPS, FoundState, Nature, check
from steward.analysis.checks.say import count, few, on_group
from steward.analysis.checks.topic_kinds import is_repartition
from steward.model.bad_states import SEVERITY_OF, BadState
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group
from steward.model.policy import Criticality
from steward.model.snapshot import Part

_PARTS = (Part.GROUPS, Part.GROUP_OFFSETS, Part.OFFSETS, Part.TOPICS)


@check("G04", SEVERITY_OF[BadState.RECORDS_LOST], over=GROUPS, parts=_PARTS, nature=Nature.STATE)
def offset_below_log_start(facts: Facts, group: Group) -> Iterator[FoundState]:
    """Retention has deleted records that a group had not read, or is about to.

    What it means: a committed offset is below the log start offset: the records between them were deleted unread and
        are lost to this group. Critical if a member reads the topic, high if the group has no members. Or (high) the
        committed offset does not move and is within the last tenth (threshold offset_margin_ratio) before a log start
        that retention has already moved.
    Why it matters: the group can never read these records. At the next fetch auto.offset.reset decides where it
        continues: earliest continues after the gap, latest skips all stored records.
    What to do: raise retention.ms of the topic now, so that no more is lost. Then find out why the group is too slow,
        decide where it continues, and deliver the lost data again by other means if it is needed.
    """
    if not commits_by_itself(group):
        return
    positions = unread_positions(facts, group)
    lost = [p for p in positions.behind_start if not is_repartition(p.partition.topic)]
    if lost:
        yield _lost(facts, group, lost)
    else:
        endangered = _near_log_start(facts, group, positions)
        if endangered:
            yield _found(
                group,
                endangered,
                SEVERITY_OF[BadState.LOSS_IMMINENT],
                "about to lose records: no progress and close to the log start of",
            )
    positions.require_all_offsets()


def _lost(facts: Facts, group: Group, lost: list[CheckedPosition]) -> FoundState:
    topics = {p.partition.topic for p in lost}
    if is_console(group.id) or all(
        facts.criticality(topic) is Criticality.EPHEMERAL for topic in topics
    ):
        severity = Severity.LOW
    elif has_members(group):
        severity = SEVERITY_OF[BadState.RECORDS_LOST]
    else:
        severity = Severity.HIGH
    number = sum(position.lost for position in lost)
    return _found(
        group,
        lost,
        severity,
        f"retention deleted {count(number, 'record')} before the group read them, in",
    )


def _near_log_start(
    facts: Facts, group: Group, positions: UnreadPositions
) -> list[CheckedPosition]:
    ratio = facts.thresholds.offset_margin_ratio
    near = [
        p
        for p in positions.lagging
        if 0 < p.start <= p.committed < p.start + ratio * (p.end - p.start)
        and not is_repartition(p.partition.topic)
    ]
    if not near or is_console(group.id):
        return []
    committed = [
        earlier.committed(group.id) for earlier, _ in earlier_snapshots(facts, group.id)[:1]
    ]
    return [p for p in near if any(c.get(p.partition) == p.committed for c in committed)]


def _found(
    group: Group, positions: list[CheckedPosition], severity: Severity, what: str
) -> FoundState:
    named = few((p.partition for p in positions), 3)
    topic = positions[0].partition.topic
    return FoundState(
        object=on_group(group.id),
        severity=severity,
        topic=topic,
        summary=f"{what} {named}",
        evidence=tuple(
            Evidence(
                f"OffsetFetch group {group.id}, ListOffsets {p.partition}",
                "committed, log start, log end",
                f"{p.committed}, {p.start}, {p.end}",
            )
            for p in positions[:5]
        ),
        remedy=Remedy(
            f"raise retention.ms of {topic} now, then find out why the group is slow",
            steward("diagnose", group.id),
        ),
    )
