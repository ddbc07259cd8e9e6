"""Members without partitions: how many, why, and what it means."""

from collections import Counter

from steward.analysis.diagnosis.input import DiagnosisInput
from steward.model.command import Hint, steward
from steward.model.membership import idle_members
from steward.model.unknown import Unknown
from steward.model.wording import count

_BY_TOPIC = "range"


def members_text(case: DiagnosisInput) -> str:
    """Count members, and the idle ones: ``5 members``, ``12 members, 2 idle (10 partitions)``."""
    idle = len(idle_members(case.group))
    text = count(len(case.members), "member")
    return f"{text}, {idle} idle ({count(_assigned(case), 'partition')})" if idle else text


def idle_note(case: DiagnosisInput) -> str | None:
    """Return what idle members mean for the group, None if every member reads."""
    idle = idle_members(case.group)
    if not idle:
        return None
    assigned, members = _assigned(case), len(case.members)
    has = "has" if len(idle) == 1 else "have"
    said = f"{count(len(idle), 'member')} of {members} {has} no partition"
    if members > assigned:
        return (
            f"{said}: {count(assigned, 'partition')} can occupy {count(assigned, 'member')} at most. "
            "Idle members add no throughput; keep one as a spare and stop the others"
        )
    if _assignor(case) == _BY_TOPIC:
        largest = max(Counter(p.topic for m in case.members for p in m.assignment).values())
        return (
            f"{said}: the range assignor distributes each topic separately, {count(largest, 'partition')} at "
            "most, so the same members receive partitions of every topic. With cooperative-sticky or the "
            f"consumer protocol {min(members, assigned)} members would read"
        )
    return Hint(
        f"{said}, but there are {count(assigned, 'partition')}. Compare the members' subscriptions: ",
        steward("group describe", case.lag.group, output="wide"),
    )


def _assigned(case: DiagnosisInput) -> int:
    return sum(len(m.assignment) for m in case.members)


def _assignor(case: DiagnosisInput) -> str:
    detail = case.group.detail if case.group else None
    return "" if detail is None or isinstance(detail, Unknown) else detail.assignor
