"""Causes in the total load: too few members, a backlog that drains, the time between commits."""

from steward.analysis.diagnosis.broker_metrics import has_metrics
from steward.analysis.diagnosis.causes.hot_partition import rates_are_usable
from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    count,
    describe_request,
    duration,
    lag_of,
    partitions,
    per_second,
    percent,
    rates_evidence,
)
from steward.analysis.diagnosis.idle_members import members_text
from steward.analysis.diagnosis.input import (
    MAX_POLL_INTERVAL_SECONDS,
    SHORTEST_SECONDS,
    DiagnosisInput,
)
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.analysis.diagnosis.record_keys import key_evidence
from steward.analysis.diagnosis.sizing import GroupCapacity, capacity_of
from steward.analysis.diagnosis.workload import active, loads_of
from steward.model.command import Hint, steward
from steward.model.finding import Evidence
from steward.model.record_key import KeySample
from steward.model.unknown import NotApplicable, Unknown
from steward.model.verdict import Action, Cause, Certainty, Verdict

_TOPICS_SAMPLED = 3


def under_capacity(case: DiagnosisInput) -> Verdict | None:
    """Most members always have work, and more records arrive than they process."""
    if not rates_are_usable(case) or not rhythm_is_known(case) or case.consumed <= 0:
        return None
    loads = active(loads_of(case))
    busy = [w for w in loads if w.is_backlogged]
    if case.is_pooled:
        if not case.backlogged:
            return None
    elif not loads or 2 * len(busy) < len([w for w in loads if w.arrivals > 0]) or not busy:
        return None
    capacity = capacity_of(case)
    if isinstance(capacity.utilisation, NotApplicable):
        return None
    excluded = all(has_metrics(case, r.leader) for r in case.late)
    return Verdict(
        cause=Cause.UNDER_CAPACITY,
        confidence=case.rate_certainty if excluded else Certainty.POSSIBLE,
        summary=_capacity_summary(case, capacity),
        evidence=(
            *rates_evidence(case),
            Evidence(
                describe_request(case),
                "members and partitions",
                f"{members_text(case)}; {count(capacity.partitions, 'partition')}",
            ),
            Evidence(
                "OffsetFetch, ListOffsets",
                "members that always have work",
                f"{len(busy)} of {len(loads)}" if loads else "all",
            ),
            age_evidence(case),
            *(
                e
                for k in sorted(case.keys)
                if isinstance(f := case.keys[k], KeySample)
                for e in key_evidence(f)
            ),
            *_processor_evidence(case),
        ),
        actions=tuple(_capacity_actions(case, capacity)),
        settles=(
            *case.until_likely,
            *(() if excluded else ("the brokers' metrics: they can rule out a slow broker",)),
            *(
                ()
                if case.clients
                else ("poll-idle-ratio-avg and CPU time of the consumers: --client-metrics URL",)
            ),
        ),
    )


def _capacity_summary(case: DiagnosisInput, capacity: GroupCapacity) -> str:
    rate, seconds = capacity.service_rate_per_member, capacity.service_seconds
    each = (
        ""
        if isinstance(rate, (Unknown, NotApplicable)) or isinstance(seconds, NotApplicable)
        else (f" ({rate:,.1f} each, {duration(seconds)} a record)")
    )
    growth = case.arrivals - case.consumed
    trend = (
        f"the backlog grows by {per_second(growth)}"
        if growth > 0
        else "the backlog does not shrink"
    )
    who = members_text(case)
    if capacity.idle_members:
        who = f"{who},"
    elif not case.is_pooled:
        who = f"{who} on {count(capacity.partitions, 'partition')}"
    return (
        f"{who} handle{'s' if len(case.members) == 1 else ''} {per_second(case.consumed)}{each}, "
        f"{per_second(case.arrivals)} arrive: {trend}, {lag_of(case.lag)} behind."
    )


def _processor_evidence(case: DiagnosisInput) -> list[Evidence]:
    found: list[Evidence] = []
    for report in case.clients[:3]:
        if report.poll_idle_ratio is not None:
            found.append(
                Evidence(
                    report.source,
                    f"poll-idle-ratio-avg of {report.client_id}",
                    percent(report.poll_idle_ratio),
                )
            )
        if report.cpu_ratio is not None:
            found.append(Evidence(report.source, "processor time used", percent(report.cpu_ratio)))
    return found


def _capacity_actions(case: DiagnosisInput, capacity: GroupCapacity) -> list[Action]:
    """Turn the capacity advice into actions: members, then processing time, partitions last."""
    actions = [Action(summary=line[0].upper() + line[1:]) for line in capacity.advice]
    if not actions:
        return [
            Action(
                summary="measure how much one member can process",
                command=steward("diagnose", case.lag.group, wait="5m"),
            )
        ]
    cautions = capacity.cautions
    needed = capacity.partitions_needed
    if isinstance(needed, int) and needed > capacity.partitions:
        topics = sorted({r.partition.topic for r in case.late})
        last = actions[-1]
        actions[-1] = Action(
            summary=last.summary,
            command=steward("topic alter", topics[0], partitions=needed)
            if len(topics) == 1
            else None,
            caution=cautions[0] if cautions else None,
        )
    first = actions[0]
    actions[0] = Action(
        summary=first.summary, command=first.command, caution=cautions[-1] if cautions else None
    )
    return actions


def rows_to_grow(case: DiagnosisInput) -> tuple[PartitionSummary, ...]:
    """Return the busiest partition of each late topic, if the advice is to add partitions."""
    if under_capacity(case) is None:
        return ()
    capacity = capacity_of(case)
    if not isinstance(capacity.partitions_needed, int):
        return ()
    busiest: dict[str, PartitionSummary] = {}
    for row in sorted(case.late, key=lambda r: (r.arrivals, r.unread)):
        busiest[row.partition.topic] = row
    return tuple(busiest.values())[-_TOPICS_SAMPLED:]


def rhythm_is_known(case: DiagnosisInput) -> bool:
    """Return whether the samples span enough time for the group's commits to show a rate."""
    gap = case.longest_member_gap
    if gap is not None and case.seconds >= 1.5 * gap + case.interval:
        return True
    if gap is None:
        moved = [r for r in case.late if r.steps]
    elif gap <= 1.5 * case.interval:  # a commit falls between any two samples
        moved = [r for r in case.late if r.owner and case.consumed_by_owner[r.owner.id] > 0]
    else:
        return False
    return (
        case.interval >= 0.9 * SHORTEST_SECONDS
        and bool(case.late)
        and 2 * len(moved) > len(case.late)
    )


def catching_up(case: DiagnosisInput) -> Verdict | None:
    """There is lag, and it falls."""
    if not case.has_excess_lag or not case.is_falling:
        return None
    spare = case.consumed - case.arrivals
    eta = max(
        (r.unread / (r.consumed - r.arrivals) for r in case.late if r.consumed > r.arrivals),
        default=case.unread / spare,
    )
    return Verdict(
        cause=Cause.CATCHING_UP,
        confidence=case.rate_certainty,
        summary=f"The group catches up: it reads {per_second(case.consumed)}, {per_second(case.arrivals)} arrive. "
        f"{case.unread:,} records left, about {duration(eta)} at this rate.",
        evidence=(*rates_evidence(case), age_evidence(case)),
        actions=(
            Action(
                summary="no action needed; watch the lag until it is gone",
                command=steward("lag", case.lag.group, watch=True),
            ),
        ),
        settles=case.until_likely,
    )


def commit_rhythm(case: DiagnosisInput) -> Verdict | None:
    """Records accumulate between two commits, and each commit clears them."""
    if not case.has_excess_lag or not case.late or not case.members:
        return None
    gap = case.longest_commit_gap
    if gap is None:
        return _between_commits(case)
    if any(case.is_backlogged(r) or not r.steps for r in case.late):
        return None
    if case.worst_seconds > 2 * gap + 3 * case.interval:
        return None
    return _rhythm(
        case,
        case.rate_certainty,
        f"The lag is the time between commits: up to {duration(gap)} pass between two, and each clears the lag.",
        Evidence("OffsetFetch", "longest time between two commits of a partition", duration(gap)),
    )


def _between_commits(case: DiagnosisInput) -> Verdict | None:
    """Judge samples without two commits: within one poll interval that does not prove a stop."""
    old = any(not r.steps and r.at_least_seconds > MAX_POLL_INTERVAL_SECONDS for r in case.late)
    busy = any(r.steps and case.is_backlogged(r) for r in case.late)
    steady = all(r.owner is not None and r.owner.id in case.lasting_members for r in case.late)
    if old or busy or not steady or not case.is_stable or case.seconds >= MAX_POLL_INTERVAL_SECONDS:
        return None
    return _rhythm(
        case,
        Certainty.POSSIBLE,
        f"{duration(case.seconds)} of samples show no two commits of {partitions(case.late)}; "
        f"the oldest unread record is {lag_of(case.lag)} old. This can be one batch (500 records at 200ms are "
        "one commit in 1m 40s), or a consumer that has just stopped.",
        Evidence(
            "OffsetFetch", "commits seen on late partitions", str(sum(r.steps for r in case.late))
        ),
    )


def _rhythm(case: DiagnosisInput, certainty: Certainty, summary: str, seen: Evidence) -> Verdict:
    return Verdict(
        cause=Cause.COMMIT_RHYTHM,
        confidence=certainty,
        summary=summary,
        evidence=(seen, *rates_evidence(case), age_evidence(case)),
        actions=(
            Action(
                summary="commit more often: lower max.poll.records (50 instead of 500) or "
                "auto.commit.interval.ms, or commit "
                "within the batch"
            ),
            Action(
                summary="keep max.poll.records x time per record below half of "
                "max.poll.interval.ms: beyond that the coordinator removes "
                "the member"
            ),
        ),
        settles=()
        if certainty is Certainty.LIKELY
        else (
            Hint(
                "two commits, or none for 300 s: ",
                steward("diagnose", case.lag.group, wait="5m"),
            ),
        ),
    )
