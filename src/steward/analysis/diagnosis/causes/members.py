"""Causes in the membership: no members, an unsubscribed topic, a reset to earlier offsets, repeated rebalances."""

from collections.abc import Sequence

from steward.analysis.diagnosis.causes.stalled_commits import stopped_at_a_record
from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    commit_evidence,
    count,
    describe_request,
    duration,
    few,
    list_partitions,
    members_evidence,
    observation_text,
    partitions,
    per_second,
    percent,
    rates_evidence,
    reset_command,
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
    """The group is empty, its commits do not move, and there are unread records."""
    if case.lag.state not in NO_MEMBER_STATES or case.members or case.commits_without_members:
        return None
    rows = tuple(r for r in case.behind if r.end_moved or case.has_excess_lag)
    if not rows or (case.arrivals == 0 and not case.has_excess_lag):
        return None
    return Verdict(
        cause=Cause.NO_MEMBERS,
        confidence=Certainty.KNOWN,
        summary=f"No consumer is running: the group is {case.lag.state}, {case.unread:,} records are unread on "
        f"{partitions(rows)}, "
        f"{per_second(case.arrivals)} more arrive.",
        evidence=(members_evidence(case), age_evidence(case), *rates_evidence(case)),
        actions=(
            Action(
                summary="start the application; if it should be running, its log says why it stopped",
                caution="Kafka deletes an empty group's offsets after offsets.retention.minutes (7 "
                "days by default); then "
                "auto.offset.reset decides where it starts",
            ),
            Action(
                summary="if it is permanently retired, delete the group",
                command=steward("group delete", case.lag.group),
                caution="its offsets are lost until the plan is undone, which commits them again",
            ),
        ),
    )


def abandoned(case: DiagnosisInput) -> Verdict | None:
    """The group is active, but no member subscribes to a topic that it once committed on."""
    rows = tuple(r for r in case.left_over if r.unread > 0)
    late = tuple(r for r in rows if r.seconds > case.objective_seconds)
    if case.has_excess_lag or not late:
        return None
    wanted = {t for m in case.members for t in m.subscribed_topics}
    topics = topics_of(rows)
    return Verdict(
        cause=Cause.ABANDONED,
        confidence=Certainty.KNOWN,
        summary=f"No member subscribes to {few(topics)} any more: the group still has commits on "
        f"{count(len(rows), 'partition')} there, "
        "and their lag grows without end.",
        evidence=(
            Evidence(describe_request(case), "subscribed topics", few(sorted(wanted))),
            members_evidence(case),
            commit_evidence(max(rows, key=lambda r: (r.seconds, r.unread)), case),
        ),
        actions=tuple(
            Action(
                summary=f"delete the group's offsets on {topic}, if it no longer reads that topic",
                command=steward("group delete-offsets", case.lag.group, topics=topic),
                caution="the offsets are lost; Kafka rejects this while a member subscribes to the topic",
            )
            for topic in topics[:3]
        ),
    )


def rewound(case: DiagnosisInput) -> Verdict | None:
    """A commit moved backwards on the same topic, and stayed there."""
    rows = tuple(
        r for r in case.rows if r.went_back >= max(_LEAST_REWOUND, r.arrivals * case.interval)
    )
    if not rows:
        return None
    total = sum(r.went_back for r in rows)
    worst = max(rows, key=lambda r: r.went_back)
    spare = case.consumed - case.arrivals
    eta = (
        f"at the current rates it catches up in {duration(case.unread / spare)}"
        if spare > 0
        else "at the current rates it does not catch up"
    )
    return Verdict(
        cause=Cause.REWOUND,
        confidence=Certainty.KNOWN,
        summary=f"The group's offsets moved back by {count(total, 'record')} on {partitions(rows)}, "
        f"and it reads them again; {eta}.",
        evidence=(
            Evidence(
                f"OffsetFetch, {observation_text(case)}",
                f"commit of {worst.partition}",
                f"back by {worst.went_back:,} to offset {worst.committed}",
            ),
            age_evidence(case),
            *rates_evidence(case),
        ),
        actions=(
            Action(
                summary="ask who reset or replays the group: an intended replay only needs time"
            ),
            Action(
                summary="if it was a mistake, stop the group and reset it to the earlier offset",
                command=reset_command(
                    case.lag.group,
                    f"{worst.partition.topic}:{worst.partition.partition}",
                    worst.committed + worst.went_back,
                ),
                caution="Kafka rejects the reset while the group has members",
            ),
        ),
    )


def rebalance_loop(case: DiagnosisInput) -> Verdict | None:
    """The group rebalances repeatedly, and does not process records meanwhile."""
    churn = churn_of(case.group_samples)
    if not churn.is_storm or case.is_pooled or stopped_at_a_record(case):
        return None
    reason = reason_of(churn, case)
    return Verdict(
        cause=Cause.REBALANCE_LOOP,
        confidence=case.rate_certainty,
        summary=f"The group rebalanced at least {count(churn.rebalances, 'time')} in {duration(churn.seconds)} "
        f"({count(len(churn.joined), 'join')}, {count(len(churn.left), 'leave')}), and was not Stable in "
        f"{percent(churn.unstable_share)} of the samples: "
        f"{reason}.",
        evidence=_churn_evidence(case, churn),
        actions=(*_churn_actions(case, churn), list_partitions(case.lag.group)),
        settles=(
            *case.until_likely,
            "rebalance-latency and failed-rebalance-rate of the consumers: --client-metrics URL",
        ),
    )


def reason_of(churn: MembershipChanges, case: DiagnosisInput) -> str:
    """Return why the group rebalances, as far as the pattern shows."""
    if churn.behind_epoch and not (churn.joined or churn.left):
        delaying = few(f"{m.client_id} on {m.host}" for m in churn.behind_epoch[:2])
        return f"{delaying} delays the new assignment (slow to release partitions)"
    if not (churn.joined or churn.left):
        if isinstance(_epoch(case), int) and churn.rebalances:
            return "the members stay the same, so topics, partitions or a subscription change"
        return "the group waits for a member that does not poll, up to the largest max.poll.interval.ms"
    places = few(
        (f"{m.client_id} on {m.host}" for m in _distinct(churn.short_lived or churn.left)), 2
    )
    if churn.short_lived:
        lived = f"members of {places} join and leave within seconds"
    else:
        lived = f"members of {places} leave and rejoin with new member ids"
    return lived + (
        ", and an eager assignor stops all members each time" if _is_eager(case) else ""
    )


def _distinct(members: Sequence[Member]) -> list[Member]:
    return list({(m.client_id, m.host): m for m in members}.values())


def _is_eager(case: DiagnosisInput) -> bool:
    return case.lag.type == GroupType.CLASSIC.value and _assignor(case) in EAGER


def _assignor(case: DiagnosisInput) -> str:
    """Return the assignor; a group in a rebalance reports none, so an earlier sample is used then."""
    details = [k.group.detail for k in reversed(case.group_samples) if k.group is not None]
    return next((d.assignor for d in details if not isinstance(d, Unknown) and d.assignor), "")


def _epoch(case: DiagnosisInput) -> object:
    detail = case.group.detail if case.group else None
    return None if detail is None or isinstance(detail, Unknown) else detail.epoch


def _churn_evidence(case: DiagnosisInput, churn: MembershipChanges) -> tuple[Evidence, ...]:
    source = f"{describe_request(case)}, {observation_text(case)}"
    static = sum(m.instance_id is not None for m in case.members)
    found = [
        Evidence(source, "rebalances (lower bound)", str(churn.rebalances)),
        Evidence(
            source,
            "joined, left, joined and left",
            f"{len(churn.joined)}, {len(churn.left)}, {len(churn.short_lived)}",
        ),
        Evidence(source, "samples not Stable", f"{churn.unstable_samples} of {churn.samples}"),
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
                summary=f"read the log of {places}: it crashes, is restarted or scaled, or takes "
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
