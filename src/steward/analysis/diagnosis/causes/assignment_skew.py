"""Causes in the distribution of work over members: a hot partition, a skewed assignment, a slow member."""

from statistics import median

from steward.analysis.diagnosis.causes.hot_partition import hot_rows, share_of, siblings_of
from steward.analysis.diagnosis.causes.keys import fair_share, key_actions, key_sentence
from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    count,
    describe_request,
    duration,
    few,
    per_second,
    percent,
    rates_evidence,
)
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.analysis.diagnosis.record_keys import key_evidence, pattern_of, sample_of
from steward.analysis.diagnosis.workload import MemberLoad, active, loads_of
from steward.model.command import steward
from steward.model.finding import Evidence
from steward.model.record_key import KeySample
from steward.model.verdict import Action, Cause, Certainty, Verdict

_SLOW = 0.5
_MOST = 0.5


def rates_are_usable(case: DiagnosisInput) -> bool:
    """Return whether rates are usable: there is lag, it does not fall, and no leader changed between samples."""
    return case.has_excess_lag and not case.is_falling and not case.has_elections


def hottest(case: DiagnosisInput) -> PartitionSummary | None:
    """Return the hot partition that holds most of the lag, None if there is none."""
    hot = hot_rows(case, case.late)
    if not rates_are_usable(case) or not hot or sum(r.unread for r in hot) < _MOST * case.unread:
        return None
    return max(hot, key=lambda r: (r.arrivals, r.unread))


def hot_partition(case: DiagnosisInput) -> Verdict | None:
    """One partition receives more than twice its fair share, and holds most of the lag."""
    row = hottest(case)
    if row is None:
        return None
    siblings = siblings_of(case, row)
    part, fair = share_of(case, row), 1 / len(siblings)
    sample = sample_of(case, row.partition)
    seen = isinstance(sample, KeySample)
    pattern = pattern_of(sample, (part - fair) / part) if seen else None
    return Verdict(
        cause=Cause.HOT_PARTITION,
        confidence=case.rate_certainty,
        summary=f"{row.partition} receives {percent(part)} of its topic's records, {fair_share(part, len(siblings))}. "
        f"{per_second(row.arrivals)} arrive there, its consumer reads {per_second(row.consumed)}, and it holds "
        f"{percent(row.unread / max(1, case.unread))} of the lag. {key_sentence(sample, pattern)}",
        evidence=(
            *_hot_evidence(case, row),
            *(key_evidence(sample) if seen else ()),
            age_evidence(case),
        ),
        actions=key_actions(row.partition, sample, pattern, part=part, partitions=len(siblings)),
        settles=case.until_likely,
    )


def _hot_evidence(case: DiagnosisInput, row: PartitionSummary) -> tuple[Evidence, ...]:
    topic = sum(r.arrivals for r in siblings_of(case, row))
    found = [
        Evidence(
            f"ListOffsets, {duration(case.seconds)}",
            f"arrivals on {row.partition} and on its topic",
            f"{per_second(row.arrivals)} of {per_second(topic)}",
        ),
        Evidence(
            "OffsetFetch",
            f"unread on {row.partition} and in total",
            f"{row.unread:,} of {case.unread:,}",
        ),
    ]
    if row.owner is not None:
        reader = f"{row.owner.client_id} on {row.owner.host}"
        found.append(Evidence(describe_request(case), "its consumer", reader))
    return tuple(found)


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
