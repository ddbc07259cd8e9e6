"""Causes in the log itself: no valid measurement, no leader, only transaction markers left."""

from collections.abc import Iterator
from dataclasses import dataclass

from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    commit_evidence,
    count,
    duration,
    few,
    lag_of,
    list_partitions,
    observation_text,
    partitions,
    topics_of,
)
from steward.analysis.diagnosis.input import SHORTEST_SECONDS, DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.model.command import kafka, steward
from steward.model.finding import Evidence
from steward.model.lag import Flag, LagStatus
from steward.model.unknown import Unknown, Why
from steward.model.verdict import Action, Cause, Certainty, Verdict

_STALE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class _Invalid:
    """Why no verdict is possible, the evidence, and the remedy; ``needs_samples``: new samples may show a cause."""

    reason: str
    evidence: Evidence
    remedy: str
    needs_samples: bool = False


def no_valid_measurement(case: DiagnosisInput) -> Verdict | None:
    """The data for a verdict is missing, denied, stale, or belongs to another log."""
    if _offline(case):
        return None
    found = next(_invalid_reasons(case), None)
    if found is None:
        return None
    again = steward("diagnose", case.lag.group, wait="30s") if found.needs_samples else None
    return Verdict(
        cause=Cause.NO_VALID_MEASUREMENT,
        confidence=Certainty.KNOWN,
        summary=f"No cause found: {found.reason}.",
        evidence=(found.evidence,),
        actions=(Action(summary=found.remedy[0].upper() + found.remedy[1:], command=again),),
        settles=(found.remedy,),
    )


def _invalid_reasons(case: DiagnosisInput) -> Iterator[_Invalid]:
    """Return what makes every verdict invalid: the reason, its evidence and the remedy."""
    if not case.group_samples or case.seconds < SHORTEST_SECONDS:
        text = f"the samples span {duration(case.seconds)}, and rates need {duration(SHORTEST_SECONDS)}"
        yield _Invalid(
            text, Evidence("OffsetFetch", "samples", observation_text(case)), "observe for longer"
        )
        return
    last = case.group_samples[-1]
    if last.gap is not None:
        yield _unread(
            f"the group's members or commits cannot be read ({last.gap})",
            Evidence("OffsetFetch", "commits", str(last.gap)),
            last.gap,
            "coordinator answers",
        )
    if case.now_ms / 1000 - last.at > max(_STALE_SECONDS, 3 * case.interval):
        age = duration(case.now_ms / 1000 - last.at)
        yield _Invalid(
            f"the newest sample is {age} old",
            Evidence("OffsetFetch", "age of the newest sample", age),
            "diagnose again with new samples",
            needs_samples=True,
        )
    yield from _other_log(case)
    yield from _unmeasured(case)


def _other_log(case: DiagnosisInput) -> Iterator[_Invalid]:
    void = [r for r in case.rows if Flag.RECREATED in r.lag.flags]
    ids = {
        t: {k.topic_ids.get(t) for k in case.group_samples} - {None} for t in topics_of(case.rows)
    }
    changed = sorted(t for t, found in ids.items() if len(found) > 1)
    if changed:
        yield _Invalid(
            f"topic {few(changed)} was recreated between samples",
            Evidence("Metadata", "topic ids", few(changed)),
            "diagnose again; only samples of the new topic count",
            needs_samples=True,
        )
    if void and not case.late:
        row = void[0]
        where = f"the commit of {partitions(void)} is beyond the end of its log"
        yield _Invalid(
            f"{where}: the topic was recreated, or truncated",
            Evidence(
                "OffsetFetch, ListOffsets",
                f"commit of {row.partition}",
                f"offset {row.committed}, end {row.lag.end_offset}",
            ),
            f"stop the group and reset its offsets on {few(topics_of(void))}, or let auto.offset.reset decide",
        )


def _unmeasured(case: DiagnosisInput) -> Iterator[_Invalid]:
    if case.lag.status is not LagStatus.UNKNOWN or not isinstance(case.lag.lag_seconds, Unknown):
        return
    why = case.lag.lag_seconds
    if why.why is Why.NOT_COMMITTED:
        text = "the group has no commit on any existing topic, so its lag is undefined"
        remedy = "check whether the application commits at all (enable.auto.commit, commitSync)"
        yield _Invalid(text, Evidence("OffsetFetch", "commits", "none"), remedy)
    else:
        text = f"its lag is unknown ({why})"
        yield _unread(text, Evidence("ListOffsets", "lag", str(why)), why, "leaders answer")


def _unread(reason: str, evidence: Evidence, why: Unknown, answered: str) -> _Invalid:
    if why.acl:
        return _Invalid(reason, evidence, f"grant {why.acl}")
    return _Invalid(reason, evidence, f"diagnose again when the {answered}", needs_samples=True)


def _offline(case: DiagnosisInput) -> tuple[PartitionSummary, ...]:
    return tuple(r for r in case.rows if r.state is not None and r.state.leader < 0)


def broker_down(case: DiagnosisInput) -> Verdict | None:
    """A partition that the group reads has no leader, so no client can read it."""
    rows = _offline(case)
    if not rows:
        return None
    replicas = sorted({b for r in rows if r.state for b in r.state.replicas})
    live = [] if isinstance(case.brokers, Unknown) else [b.id for b in case.brokers]
    absent = [b for b in replicas if b not in live] or replicas
    shown = rows[0].state
    return Verdict(
        cause=Cause.BROKER_DOWN,
        confidence=Certainty.KNOWN,
        summary=f"{count(len(rows), 'partition')} of {len(case.rows)} {'has' if len(rows) == 1 else 'have'} no leader "
        f"({partitions(rows)}): broker {few(absent)} is down, and no client can read them.",
        evidence=(
            Evidence("Metadata", f"leader of {rows[0].partition}", "none"),
            Evidence(
                "Metadata",
                "replicas and in-sync replicas",
                f"{few(shown.replicas)}; in sync {few(shown.isr) or 'none'}"
                if shown
                else "unknown",
            ),
            Evidence("DescribeCluster", "live brokers", few(sorted(live)) or "unknown"),
        ),
        actions=(
            Action(
                summary=f"start broker {few(absent)}, and check that it registers",
                command=steward("broker list"),
            ),
            Action(
                summary="only if the broker is permanently lost and you accept the loss of its "
                "unreplicated records: elect a leader that is "
                "not in sync",
                command=kafka(
                    "leader-election",
                    election_type="unclean",
                    topic=rows[0].partition.topic,
                    partition=rows[0].partition.partition,
                ),
                caution="an unclean election loses every record that only the lost broker has",
            ),
        ),
    )


def marker_only(case: DiagnosisInput) -> Verdict | None:
    """Only transaction markers are left, which consumers never receive."""
    rows = tuple(r for r in case.rows if Flag.MARKER_ONLY in r.lag.flags)
    if not rows or case.behind:
        return None
    offsets = sum(r.lag.lag_records for r in rows if isinstance(r.lag.lag_records, int))
    return Verdict(
        cause=Cause.MARKER_ONLY,
        confidence=Certainty.KNOWN,
        summary=f"Nothing is unread: the {count(offsets, 'offset')} after the commits of "
        f"{partitions(rows)} hold only "
        "transaction markers.",
        evidence=(
            Evidence(
                "Fetch (batch headers)",
                f"batches from offset {rows[0].committed} of {rows[0].partition}",
                "control batches only",
            ),
            Evidence(
                "ListOffsets, OffsetFetch",
                "end and commit",
                f"{rows[0].lag.end_offset} and {rows[0].committed}",
            ),
        ),
        actions=(
            Action(
                summary="no action needed; monitor this group by lag in seconds, which is 0",
                command=steward("lag", case.lag.group),
            ),
        ),
    )


def old_timestamps(case: DiagnosisInput) -> Verdict | None:
    """Return that the group keeps up, if samples prove that records with old timestamps entered the log recently."""
    rows = tuple(r for r in case.behind if r.seconds > case.objective_seconds)
    if not rows or case.is_growing or case.has_stopped:
        return None
    if case.lag.status is not LagStatus.OVER_OBJECTIVE:
        return None
    waits = [case.waited_at_most(r) for r in rows]
    longest = max((w for w in waits if w is not None), default=0.0)
    if None in waits or longest > case.objective_seconds:
        return None
    oldest = max(r.seconds for r in rows)
    return Verdict(
        cause=Cause.HEALTHY,
        confidence=Certainty.KNOWN,
        summary=f"The group keeps up: its oldest unread record is {duration(oldest)} old by its timestamp, but entered "
        f"the log less than {duration(longest)} ago. Producers send records late, or stamp them with an earlier time.",
        evidence=(
            age_evidence(case),
            Evidence(
                "ListOffsets, OffsetFetch",
                f"unread records of {partitions(rows)}",
                f"entered the log less than {duration(longest)} ago",
            ),
        ),
        actions=(),
    )


def unexplained(case: DiagnosisInput) -> Verdict:
    """Return the verdict that there is lag and no known cause fits the samples."""
    reason = "no known cause fits"
    if case.has_elections:
        reason = "leaders changed between samples, which distorts every rate"
    elif not case.commits_move:
        reason = "no commit moved between samples, and they are too few to prove a stop"
    return Verdict(
        cause=Cause.NO_VALID_MEASUREMENT,
        confidence=Certainty.POSSIBLE,
        summary=f"The group is {lag_of(case.lag)} behind, and {duration(case.seconds)} of samples do not show why: "
        f"{reason}.",
        evidence=(age_evidence(case), *(commit_evidence(r, case) for r in case.late[:2])),
        actions=(
            Action(
                summary="observe for longer",
                command=steward("diagnose", case.lag.group, wait="5m"),
            ),
            list_partitions(case.lag.group),
        ),
        settles=(*case.until_likely, "the application's log for this time"),
    )
