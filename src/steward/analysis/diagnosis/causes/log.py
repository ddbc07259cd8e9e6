"""Causes that lie in the log itself: nothing valid to measure, no leader, only markers left."""

from collections.abc import Iterator

from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    commit_evidence,
    count,
    few,
    lag_of,
    look_closer,
    look_time,
    partitions,
    span,
    topics_of,
)
from steward.analysis.diagnosis.input import SHORTEST_SECONDS, DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.model.command import Command, kafka, steward
from steward.model.finding import Evidence
from steward.model.lag import Flag, LagStatus
from steward.model.unknown import Unknown, Why
from steward.model.verdict import Action, Cause, Certainty, Verdict

_STALE_SECONDS = 30.0


def no_valid_measurement(case: DiagnosisInput) -> Verdict | None:
    """L0: what would be judged on is missing, denied, stale, or of another log."""
    if _offline(case):
        return None
    found = next(_voids(case), None)
    if found is None:
        return None
    what, evidence, settles = found
    return Verdict(
        cause=Cause.NO_VALID_MEASUREMENT,
        confidence=Certainty.KNOWN,
        summary=f"No cause can be told: {what}.",
        evidence=(evidence,),
        actions=(Action(summary=settles[0].upper() + settles[1:], command=_again(case, settles)),),
        settles=(settles,),
    )


def _again(case: DiagnosisInput, settles: str) -> Command | None:
    return steward("diagnose", case.lag.group, wait="30s") if settles.startswith("look") else None


def _voids(case: DiagnosisInput) -> Iterator[tuple[str, Evidence, str]]:
    """List what makes every verdict void: the reason, its proof, what would cure it."""
    if not case.looks or case.seconds < SHORTEST_SECONDS:
        text = f"the looks span {case.seconds:.0f} s, and rates need {SHORTEST_SECONDS:.0f} s"
        yield text, Evidence("OffsetFetch", "samples", look_time(case)), "observe for longer"
        return
    last = case.looks[-1]
    if last.gap is not None:
        cure = (
            f"grant {last.gap.acl}" if last.gap.acl else "look again when the coordinator answers"
        )
        yield (
            f"the group's members or commits could not be read ({last.gap})",
            Evidence("OffsetFetch", "commits", str(last.gap)),
            cure,
        )
    if case.now_ms / 1000 - last.at > max(_STALE_SECONDS, 3 * case.interval):
        age = span(case.now_ms / 1000 - last.at)
        yield (
            f"the newest look is {age} old",
            Evidence("OffsetFetch", "age of the newest look", age),
            "look again now",
        )
    yield from _other_log(case)
    yield from _unmeasured(case)


def _other_log(case: DiagnosisInput) -> Iterator[tuple[str, Evidence, str]]:
    void = [r for r in case.rows if Flag.RECREATED in r.lag.flags]
    ids = {t: {k.topic_ids.get(t) for k in case.looks} - {None} for t in topics_of(case.rows)}
    changed = sorted(t for t, found in ids.items() if len(found) > 1)
    if changed:
        yield (
            f"topic {few(changed)} was created anew during the looks",
            Evidence("Metadata", "topic ids", few(changed)),
            "look again, at the new topic",
        )
    if void and not case.late:
        row = void[0]
        where = f"the commit of {partitions(void)} lies beyond the end of its log"
        yield (
            f"{where}: the topic was created anew, or truncated",
            Evidence(
                "OffsetFetch, ListOffsets",
                f"commit of {row.partition}",
                f"offset {row.committed}, end {row.lag.end_offset}",
            ),
            f"reset the group's offsets on {few(topics_of(void))} once it is stopped, or let auto.offset.reset decide",
        )


def _unmeasured(case: DiagnosisInput) -> Iterator[tuple[str, Evidence, str]]:
    if case.lag.status is not LagStatus.UNKNOWN or not isinstance(case.lag.lag_seconds, Unknown):
        return
    why = case.lag.lag_seconds
    if why.why is Why.NOT_COMMITTED:
        text = "the group has committed nothing on a topic that exists, so that nothing can be called lag"
        cure = "find out whether the application commits at all (enable.auto.commit, commitSync)"
        yield text, Evidence("OffsetFetch", "commits", "none"), cure
    else:
        cure = f"grant {why.acl}" if why.acl else "look again when the leaders answer"
        yield f"its lag is unknown ({why})", Evidence("ListOffsets", "lag", str(why)), cure


def _offline(case: DiagnosisInput) -> tuple[PartitionSummary, ...]:
    return tuple(r for r in case.rows if r.state is not None and r.state.leader < 0)


def broker_down(case: DiagnosisInput) -> Verdict | None:
    """L0: a partition that the group reads has no leader: nobody can read it."""
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
        summary=f"{count(len(rows), 'partition')} of {len(case.rows)} have no leader ({partitions(rows)}): "
        f"broker {few(absent)} is down, and nobody can read them.",
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
                summary=f"start broker {few(absent)} again, and see that it registers",
                command=steward("broker list"),
            ),
            Action(
                summary="only if the broker is lost for good and the missing records may be lost "
                "with it: elect a leader that is "
                "not in sync",
                command=kafka(
                    "leader-election",
                    election_type="unclean",
                    topic=rows[0].partition.topic,
                    partition=rows[0].partition.partition,
                ),
                caution="an unclean election loses every record that only the lost broker had",
            ),
        ),
    )


def marker_only(case: DiagnosisInput) -> Verdict | None:
    """L17: what is left are transaction markers, which no consumer ever gets to see."""
    rows = tuple(r for r in case.rows if Flag.MARKER_ONLY in r.lag.flags)
    if not rows or case.behind:
        return None
    offsets = sum(r.lag.lag_records for r in rows if isinstance(r.lag.lag_records, int))
    return Verdict(
        cause=Cause.MARKER_ONLY,
        confidence=Certainty.KNOWN,
        summary=f"Nothing is unread: the {count(offsets, 'offset')} after the commits of "
        f"{partitions(rows)} hold transaction "
        "markers only.",
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
                summary="none; judge this group by lag in seconds, which is 0",
                command=steward("lag", case.lag.group),
            ),
        ),
    )


def came_old(case: DiagnosisInput) -> Verdict | None:
    """Say that the group keeps up, where looks prove that its old records came into the log a short while ago."""
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
        summary=f"The group keeps up: its oldest unread record is {span(oldest)} old by its timestamp, and came "
        f"into the log less than {span(longest)} ago. Producers hold records back, or stamp them with an earlier time.",
        evidence=(
            age_evidence(case),
            Evidence(
                "ListOffsets, OffsetFetch",
                f"what is unread of {partitions(rows)}",
                f"came less than {span(longest)} ago",
            ),
        ),
        actions=(),
    )


def unexplained(case: DiagnosisInput) -> Verdict:
    """Say that there is a lag and that no leaf of the tree fits what was seen."""
    reason = "no cause fits what was seen"
    if case.has_elections:
        reason = "leaders changed during the looks, which moves every rate"
    elif not case.commits_move:
        reason = (
            "no commit moved during the looks, and they were too short to call that standing still"
        )
    return Verdict(
        cause=Cause.NO_VALID_MEASUREMENT,
        confidence=Certainty.POSSIBLE,
        summary=f"The group is {lag_of(case.lag)} behind, and {case.seconds:.0f} s of samples do not tell why: "
        f"{reason}.",
        evidence=(age_evidence(case), *(commit_evidence(r, case) for r in case.late[:2])),
        actions=(
            Action(
                summary="observe for longer",
                command=steward("diagnose", case.lag.group, wait="5m"),
            ),
            look_closer(case.lag.group),
        ),
        settles=(*case.until_likely, "what the application's own log says of these minutes"),
    )
