"""Causes in the distribution of work over members: a skewed assignment, a slow member."""

from statistics import median

from steward.analysis.diagnosis.causes.hot_partition import (
    rates_are_usable,
)
from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    count,
    describe_request,
    few,
    per_second,
    percent,
    rates_evidence,
)
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.workload import MemberLoad, active, loads_of
from steward.model.command import steward
from steward.model.finding import Evidence
from steward.model.verdict import Action, Cause, Certainty, Verdict

_SLOW = 0.5


def skewed_assignment(case: DiagnosisInput) -> Verdict | None:
    """The late members have more partitions than others, and some of the others keep up."""
    loads = loads_of(case)
    if not rates_are_usable(case) or len(loads) < 2:
        return None
    counts = [len(w.member.assignment) for w in loads]
    if max(counts) - min(counts) <= 1:
        return None
    late = [w for w in loads if any(r.partition in case.late_keys for r in w.rows)]
    light = [w for w in loads if w not in late and len(w.member.assignment) < max(counts) - 1]
    if not late or not light or min(len(w.member.assignment) for w in late) <= min(counts) + 1:
        return None
    heavy = max(late, key=lambda w: (len(w.member.assignment), w.unread))
    idle = [w for w in light if not w.member.assignment]
    fair = sum(counts) / len(loads)
    return Verdict(
        cause=Cause.SKEWED_ASSIGNMENT,
        confidence=Certainty.LIKELY,
        summary=f"Skewed assignment: {heavy.name} reads {count(len(heavy.member.assignment), 'partition')} and lags, "
        f"{count(len(idle), 'member')} {'reads' if len(idle) == 1 else 'read'} none"
        f"; an even spread is {fair:.1f} each."
        if idle
        else f"Skewed assignment: {heavy.name} reads "
        f"{count(len(heavy.member.assignment), 'partition')} and lags, {light[0].name} reads "
        f"{len(light[0].member.assignment)} and keeps up; an even spread is {fair:.1f} each.",
        evidence=(
            Evidence(
                describe_request(case),
                "partitions of each member",
                few(sorted(counts, reverse=True), 12),
            ),
            Evidence(
                "OffsetFetch, ListOffsets",
                f"unread at {heavy.name} and in total",
                f"{heavy.unread:,} of {case.unread:,}",
            ),
            age_evidence(case),
        ),
        actions=(
            Action(
                summary="compare the members' subscriptions and their assignor",
                command=steward("group describe", case.lag.group, output="wide"),
            ),
            Action(
                summary="subscribe all members to the same topics, and use "
                "cooperative-sticky or the consumer protocol "
                "(uniform); range gives the first members one more partition of every topic",
                caution="an assignor does not affect manually assigned partitions (assign())",
            ),
        ),
        settles=(),
    )


def slow_member(case: DiagnosisInput) -> Verdict | None:
    """One member receives as many records as the others, and processes far fewer."""
    loads = active(loads_of(case))
    if not rates_are_usable(case) or len(loads) < 2:
        return None
    late = [w for w in loads if any(r.partition in case.late_keys for r in w.rows)]
    others = [w for w in loads if w not in late]
    if not late or 2 * len(late) > len(loads) or not others:
        return None
    usual = median(w.consumed for w in others)
    fair = 1.25 * median(w.arrivals for w in others)
    slow = [w for w in late if w.is_backlogged and w.arrivals <= fair]
    if not slow or len(slow) < len(late) or not all(0 < w.consumed < w.arrivals for w in slow):
        return None
    worst = max(slow, key=lambda w: (w.seconds, w.unread))
    half = worst.consumed < _SLOW * usual
    return Verdict(
        cause=Cause.SLOW_MEMBER,
        confidence=case.rate_certainty if half else Certainty.POSSIBLE,
        summary=f"{worst.name} processes {per_second(worst.consumed)} of the "
        f"{per_second(worst.arrivals)} that arrive for it; "
        f"{count(len(others), 'member')} with the same load "
        f"{'keeps' if len(others) == 1 else 'keep'} up at {per_second(usual)}.",
        evidence=(
            Evidence(
                describe_request(case),
                "its partitions, and those of the others",
                f"{len(worst.member.assignment)}; {few(sorted({len(o.member.assignment) for o in others}))}",
            ),
            *rates_evidence(case, worst.rows),
            Evidence(
                "OffsetFetch",
                f"unread at {worst.name}, and in total",
                f"{worst.unread:,} of {case.unread:,}",
            ),
            age_evidence(case),
            *_idle_evidence(case, worst),
        ),
        actions=(
            Action(
                summary=f"check host {worst.member.host}: CPU, garbage collection, "
                "network to the services it calls",
                command=steward("group describe", case.lag.group),
            ),
            Action(
                summary="replace that instance; more members or partitions do not fix one slow host"
            ),
        ),
        settles=(
            *case.until_likely,
            "poll-idle-ratio-avg and CPU time of the member: --client-metrics URL",
        ),
    )


def _idle_evidence(case: DiagnosisInput, load: MemberLoad) -> tuple[Evidence, ...]:
    own = [
        c
        for c in case.clients
        if c.client_id == load.member.client_id and c.poll_idle_ratio is not None
    ]
    return tuple(
        Evidence(c.source, "poll-idle-ratio-avg", percent(c.poll_idle_ratio or 0.0))
        for c in own[:1]
    )
