"""Causes that lie in the work as a whole: too few members, a backlog that drains, the rhythm of commits."""

from steward.analysis.diagnosis.broker_metrics import has_metrics
from steward.analysis.diagnosis.causes.assignment_skew import rates_may_speak
from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    count,
    describe_request,
    lag_of,
    partitions,
    per_second,
    rates_evidence,
    share,
    span,
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
    """L14: most members always have work, and what arrives is more than they manage."""
    if not rates_may_speak(case) or not rhythm_is_known(case) or case.consumed <= 0:
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
        summary=_too_little(case, capacity),
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
            *(() if excluded else ("the brokers' metrics, which would exclude a slow broker",)),
            *(
                ()
                if case.clients
                else (
                    "poll-idle-ratio-avg and processor time of the consumers: --client-metrics URL",
                )
            ),
        ),
    )


def _too_little(case: DiagnosisInput, capacity: GroupCapacity) -> str:
    rate, seconds = capacity.service_rate_per_member, capacity.service_seconds
    each = (
        ""
        if isinstance(rate, (Unknown, NotApplicable)) or isinstance(seconds, NotApplicable)
        else (f" ({rate:,.1f} each, {seconds * 1000:,.0f} ms a record)")
    )
    growth = case.arrivals - case.consumed
    trend = f"the backlog grows by {per_second(growth)}" if growth > 0 else "the backlog stays"
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
                    share(report.poll_idle_ratio),
                )
            )
        if report.cpu_ratio is not None:
            found.append(Evidence(report.source, "processor time used", share(report.cpu_ratio)))
    return found


def _capacity_actions(case: DiagnosisInput, capacity: GroupCapacity) -> list[Action]:
    """Turn the arithmetic into actions: members, then the time a record takes, partitions last."""
    actions = [Action(summary=line[0].upper() + line[1:]) for line in capacity.advice]
    if not actions:
        return [
            Action(
                summary="measure what a member can process",
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
    """Return the busiest partition of each late topic, where the advice is to add partitions."""
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
    """Tell whether looks are long enough for the group's commits to show a rate."""
    gap = case.longest_member_gap
    if gap is not None and case.seconds >= 1.5 * gap + case.interval:
        return True
    if gap is None:
        moved = [r for r in case.late if r.steps]
    elif gap <= 1.5 * case.interval:  # commits come between any two looks
        moved = [r for r in case.late if r.owner and case.consumed_by_owner[r.owner.id] > 0]
    else:
        return False
    return (
        case.interval >= 0.9 * SHORTEST_SECONDS
        and bool(case.late)
        and 2 * len(moved) > len(case.late)
    )


def catching_up(case: DiagnosisInput) -> Verdict | None:
    """L15: there is a lag, and it falls."""
    if not case.in_trouble or not case.is_falling:
        return None
    spare = case.consumed - case.arrivals
    eta = max(
        (r.unread / (r.consumed - r.arrivals) for r in case.late if r.consumed > r.arrivals),
        default=case.unread / spare,
    )
    return Verdict(
        cause=Cause.CATCHING_UP,
        confidence=case.rate_certainty,
        summary=f"The group catches up: {per_second(case.consumed)} are read, {per_second(case.arrivals)} arrive, "
        f"{case.unread:,} records left: about {span(eta)} at this rate.",
        evidence=(*rates_evidence(case), age_evidence(case)),
        actions=(
            Action(
                summary="none: it gets there by itself; see that it does",
                command=steward("lag", case.lag.group, watch=True),
            ),
        ),
        settles=case.until_likely,
    )


def commit_rhythm(case: DiagnosisInput) -> Verdict | None:
    """L16: lag is what piles up between two commits, and each commit clears it."""
    if not case.in_trouble or not case.late or not case.members:
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
        f"Lag is the time between commits: they come up to {span(gap)} apart, and each clears what is unread.",
        Evidence("OffsetFetch", "longest time between two commits of a partition", span(gap)),
    )


def _between_commits(case: DiagnosisInput) -> Verdict | None:
    """Judge looks that saw no two commits: within one poll interval that is no standing still."""
    old = any(not r.steps and r.at_least_seconds > MAX_POLL_INTERVAL_SECONDS for r in case.late)
    busy = any(r.steps and case.is_backlogged(r) for r in case.late)
    steady = all(r.owner is not None and r.owner.id in case.lasting_members for r in case.late)
    if old or busy or not steady or not case.is_stable or case.seconds >= MAX_POLL_INTERVAL_SECONDS:
        return None
    return _rhythm(
        case,
        Certainty.POSSIBLE,
        f"No commit of {partitions(case.late)} was seen twice in {case.seconds:.0f} s, and the oldest unread record is "
        f"{lag_of(case.lag)} old: that may be one batch (500 records at 200 ms are one commit in "
        "100 s), or the beginning of "
        "standing still.",
        Evidence("OffsetFetch", "commits seen on what lags", str(sum(r.steps for r in case.late))),
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
                summary="keep max.poll.records x the time of a record below half of "
                "max.poll.interval.ms: beyond it the member "
                "is thrown out"
            ),
        ),
        settles=()
        if certainty is Certainty.LIKELY
        else (
            Hint(
                "two commits, or their absence for 300 s: ",
                steward("diagnose", case.lag.group, wait="5m"),
            ),
        ),
    )
