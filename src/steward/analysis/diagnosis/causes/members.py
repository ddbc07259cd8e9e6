"""Causes that lie in who reads: nobody, nobody any more of this topic, somebody who went back, a group in upheaval."""

from collections.abc import Sequence

from steward.analysis.diagnosis.causes.stalled_commits import stopped_at_a_record
from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    commit_evidence,
    count,
    describe_request,
    few,
    look_closer,
    look_time,
    members_evidence,
    partitions,
    per_second,
    rates_evidence,
    reset_command,
    share,
    span,
    topics_of,
)
from steward.analysis.diagnosis.churn import EAGER, MembershipChanges, churn_of
from steward.analysis.diagnosis.group_advice import cooperative_steps, static_steps
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.samples import NO_MEMBER_STATES
from steward.model.command import steward
from steward.model.finding import Evidence
from steward.model.group import GroupType, Member
from steward.model.unknown import Unknown
from steward.model.verdict import Action, Cause, Certainty, Verdict

_LEAST_REWOUND = 10


def no_members(case: DiagnosisInput) -> Verdict | None:
    """L3a: the group is empty, its commits stand, and there is something to read."""
    if case.lag.state not in NO_MEMBER_STATES or case.members or case.commits_without_members:
        return None
    rows = tuple(r for r in case.behind if r.end_moved or case.in_trouble)
    if not rows or (case.arrivals == 0 and not case.in_trouble):
        return None
    return Verdict(
        cause=Cause.NO_MEMBERS,
        confidence=Certainty.KNOWN,
        summary=f"Nobody consumes: the group is {case.lag.state}, {case.unread:,} records wait on {partitions(rows)}, "
        f"{per_second(case.arrivals)} more arrive.",
        evidence=(members_evidence(case), age_evidence(case), *rates_evidence(case)),
        actions=(
            Action(
                summary="start the application again; if it should run, its own log says why it stopped",
                caution="an empty group's offsets are deleted after offsets.retention.minutes (7 "
                "d by default), and then "
                "auto.offset.reset decides where it begins",
            ),
            Action(
                summary="if it is retired for good, delete the group",
                command=steward("group delete", case.lag.group),
                caution="its positions are lost, until its plan is undone and commits them again",
            ),
        ),
    )


def abandoned(case: DiagnosisInput) -> Verdict | None:
    """L3b: the group lives, and none of its members subscribes to a topic that it once committed on."""
    rows = tuple(r for r in case.left_over if r.unread > 0)
    late = tuple(r for r in rows if r.seconds > case.objective_seconds)
    if case.in_trouble or not late:
        return None
    wanted = {t for m in case.members for t in m.subscribed_topics}
    topics = topics_of(rows)
    return Verdict(
        cause=Cause.ABANDONED,
        confidence=Certainty.KNOWN,
        summary=f"No member subscribes to {few(topics)} any more: the commits on "
        f"{count(len(rows), 'partition')} are left over, "
        "and their lag grows for ever.",
        evidence=(
            Evidence(describe_request(case), "subscribed topics", few(sorted(wanted))),
            members_evidence(case),
            commit_evidence(max(rows, key=lambda r: (r.seconds, r.unread)), case),
        ),
        actions=tuple(
            Action(
                summary=f"delete the group's offsets on {topic}, if it is left for good",
                command=steward("group delete-offsets", case.lag.group, topics=topic),
                caution="the position is lost; Kafka refuses while a member subscribes to the topic",
            )
            for topic in topics[:3]
        ),
    )


def rewound(case: DiagnosisInput) -> Verdict | None:
    """L4: a commit moved backwards on the same topic, and stayed there."""
    rows = tuple(
        r for r in case.rows if r.went_back >= max(_LEAST_REWOUND, r.arrivals * case.interval)
    )
    if not rows:
        return None
    total = sum(r.went_back for r in rows)
    worst = max(rows, key=lambda r: r.went_back)
    spare = case.consumed - case.arrivals
    eta = (
        f"at the present rates caught up in {span(case.unread / spare)}"
        if spare > 0
        else "not caught up at the present rates"
    )
    return Verdict(
        cause=Cause.REWOUND,
        confidence=Certainty.KNOWN,
        summary=f"The group was set back by {total:,} records on {partitions(rows)} and reads them again; {eta}.",
        evidence=(
            Evidence(
                f"OffsetFetch, {look_time(case)}",
                f"commit of {worst.partition}",
                f"back by {worst.went_back:,} to offset {worst.committed}",
            ),
            age_evidence(case),
            *rates_evidence(case),
        ),
        actions=(
            Action(
                summary="ask who reset or replays the group: an intended replay needs nothing but time"
            ),
            Action(
                summary="if it was a mistake, stop the group and put it back",
                command=reset_command(
                    case.lag.group,
                    f"{worst.partition.topic}:{worst.partition.partition}",
                    worst.committed + worst.went_back,
                ),
                caution="it is refused while the group has members",
            ),
        ),
    )


def rebalance_loop(case: DiagnosisInput) -> Verdict | None:
    """L5: the group is assigned anew again and again, and does not work meanwhile."""
    churn = churn_of(case.looks)
    if not churn.is_storm or case.is_pooled or stopped_at_a_record(case):
        return None
    reason = reason_of(churn, case)
    return Verdict(
        cause=Cause.REBALANCE_LOOP,
        confidence=case.rate_certainty,
        summary=f"The group rebalanced at least {churn.rebalances} times in {churn.seconds:.0f} s "
        f"({len(churn.joined)} joins, {len(churn.left)} leaves), and was not Stable in "
        f"{share(churn.unstable_share)} of the looks: "
        f"{reason}.",
        evidence=_churn_evidence(case, churn),
        actions=(*_churn_actions(case, churn), look_closer(case.lag.group)),
        settles=(
            *case.until_likely,
            "rebalance-latency and failed-rebalance-rate of the consumers: --client-metrics URL",
        ),
    )


def reason_of(churn: MembershipChanges, case: DiagnosisInput) -> str:
    """Say why a group churns, as far as the pattern tells."""
    if churn.behind_epoch and not (churn.joined or churn.left):
        held = few(f"{m.client_id} on {m.host}" for m in churn.behind_epoch[:2])
        return f"{held} holds the new assignment back (slow to give up partitions)"
    if not (churn.joined or churn.left):
        if isinstance(_epoch(case), int) and churn.rebalances:
            return "members stay the same, so topics, partitions or a subscription change"
        return (
            "a join is waited for: one member does not poll, up to the largest max.poll.interval.ms"
        )
    places = few(
        (f"{m.client_id} on {m.host}" for m in _distinct(churn.short_lived or churn.left)), 2
    )
    if churn.short_lived:
        lived = f"members of {places} join and are gone again within seconds"
    else:
        lived = f"members of {places} leave and come back as strangers"
    return lived + (", and an eager assignor stops everybody each time" if _is_eager(case) else "")


def _distinct(members: Sequence[Member]) -> list[Member]:
    return list({(m.client_id, m.host): m for m in members}.values())


def _is_eager(case: DiagnosisInput) -> bool:
    return case.lag.type == GroupType.CLASSIC.value and _assignor(case) in EAGER


def _assignor(case: DiagnosisInput) -> str:
    """Return the assignor; a group between assignments names none, so an earlier look may have to."""
    details = [k.group.detail for k in reversed(case.looks) if k.group is not None]
    return next((d.assignor for d in details if not isinstance(d, Unknown) and d.assignor), "")


def _epoch(case: DiagnosisInput) -> object:
    detail = case.group.detail if case.group else None
    return None if detail is None or isinstance(detail, Unknown) else detail.epoch


def _churn_evidence(case: DiagnosisInput, churn: MembershipChanges) -> tuple[Evidence, ...]:
    source = f"{describe_request(case)}, {look_time(case)}"
    static = sum(m.instance_id is not None for m in case.members)
    found = [
        Evidence(source, "rebalances at least", str(churn.rebalances)),
        Evidence(
            source,
            "joined, left, came and went",
            f"{len(churn.joined)}, {len(churn.left)}, {len(churn.short_lived)}",
        ),
        Evidence(source, "looks not Stable", f"{churn.unstable_looks} of {churn.looks}"),
    ]
    if _assignor(case):
        found.append(Evidence(source, "assignor", _assignor(case)))
    found.append(
        Evidence(source, "members with group.instance.id", f"{static} of {len(case.members)}")
    )
    return tuple(found)


def _churn_actions(case: DiagnosisInput, churn: MembershipChanges) -> list[Action]:
    actions: list[Action] = []
    if churn.joined or churn.left:
        places = few(
            (f"{m.client_id} on {m.host}" for m in _distinct(churn.short_lived or churn.left)), 3
        )
        actions.append(
            Action(
                summary=f"read the log of {places}: it crashes, is restarted or scaled, or needs "
                "longer for a batch than "
                "max.poll.interval.ms (then lower max.poll.records)",
                command=steward("group describe", case.lag.group),
            )
        )
    if _is_eager(case):
        actions.append(cooperative_steps(_assignor(case)))
    if any(m.instance_id is None for m in case.members) and case.lag.type in (
        "classic",
        "consumer",
    ):
        actions.append(static_steps(case.lag.type))
    return actions
