"""Causes of commits that do not move: a record that fails in every consumer, a stuck member, a paused partition."""

from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    commit_evidence,
    count,
    describe_request,
    duration,
    few,
    observation_text,
    partitions,
    per_second,
    percent,
    reset_command,
)
from steward.analysis.diagnosis.client_report import ClientReport
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.analysis.diagnosis.stalled_partitions import StalledPartitions, report_of, stalled_of
from steward.analysis.diagnosis.workload import MemberLoad, active, loads_of
from steward.model.command import Hint, kafka, steward
from steward.model.finding import Evidence
from steward.model.verdict import Action, Cause, Certainty, Verdict

_IDLE_POLL_SECONDS = 60.0
"""A member without a poll for longer than this is busy or blocked with its last batch."""
_STATISTICS_SETTLE = "the consumer's own statistics: --client-stats FILE, --client-metrics URL"


def moving_rows(case: DiagnosisInput) -> tuple[PartitionSummary, ...]:
    """Return the partitions whose commits move, and have not stopped since."""
    return tuple(r for r in case.rows if r.steps and not case.is_flat(r))


def stopped_at_a_record(case: DiagnosisInput) -> tuple[PartitionSummary, ...]:
    """Return partitions at which several owners stopped in turn, while at least twice as many partitions move.

    A commit that moved earlier counts from when it stopped, after its usual interval has passed.
    """
    blocked, moving = case.blocked_keys, moving_rows(case)
    flat = tuple(
        r
        for r in case.behind
        if len(r.owners_since) > 1
        and r.partition not in blocked
        and (not r.steps or case.is_flat(r))
    )
    return flat if not case.is_pooled and len(moving) >= 2 * len(flat) else ()


def poison_record(case: DiagnosisInput) -> Verdict | None:
    """Several owners stop in turn at the same record, while other partitions move."""
    flat, moving = stopped_at_a_record(case), moving_rows(case)
    if not flat:
        return None
    row = max(flat, key=lambda r: (len(r.owners_since), r.seconds))
    topic, number = row.partition
    return Verdict(
        cause=Cause.POISON_RECORD,
        confidence=Certainty.LIKELY if len(row.owners_since) > 2 else Certainty.POSSIBLE,
        summary=f"{count(len(row.owners_since), 'member')} in turn stopped at offset {row.committed} "
        f"of {row.partition}, while "
        f"{count(len(moving), 'other partition')} moved: this record, or one soon after it, probably fails "
        "in every consumer.",
        evidence=(
            commit_evidence(row, case),
            Evidence(
                f"{describe_request(case)}, {observation_text(case)}",
                f"owners of {row.partition} since its commit moved",
                str(len(row.owners_since)),
            ),
            Evidence(
                f"OffsetFetch, {observation_text(case)}",
                "partitions that moved",
                f"{len(moving)} of {len(case.rows)}",
            ),
        ),
        actions=(
            Action(
                summary="read the record (it may hold personal data)",
                command=kafka(
                    "console-consumer",
                    topic=topic,
                    partition=number,
                    offset=row.committed,
                    max_messages=1,
                ),
            ),
            Action(
                summary="let the application send records that it cannot process to a dead letter topic, and continue"
            ),
            Action(
                summary="or stop the group and skip exactly this record",
                command=reset_command(case.lag.group, f"{topic}:{number}", row.committed + 1),
                caution="the group loses the record; Kafka rejects the reset while the group has members",
            ),
        ),
        settles=("the exception in the members' logs: it names the offset",),
    )


def stuck_consumer(case: DiagnosisInput) -> Verdict | None:
    """A member sends heartbeats but moves none of its partitions, though all of them have records."""
    if not case.has_excess_lag or case.is_pooled or not case.is_stable:
        return None
    stuck = [w for w in active(loads_of(case)) if _is_stuck(case, w)]
    if not stuck:
        return None
    load = max(stuck, key=lambda w: (w.seconds, w.unread))
    report = report_of(case, load.member)
    proved = report is not None and (report.last_poll_seconds_ago or 0.0) > _IDLE_POLL_SECONDS
    every = len(stuck) == len(active(loads_of(case)))
    who = (
        f"None of the {count(len(stuck), 'member')} makes progress"
        if every and len(stuck) > 1
        else f"Member {load.name} makes no progress"
    )
    rows = tuple(r for w in stuck for r in w.rows if r.unread)
    return Verdict(
        cause=Cause.STUCK_CONSUMER,
        confidence=Certainty.KNOWN if proved else case.rate_certainty,
        summary=f"{who}: commits on {count(len(rows), 'partition')} with records do not move, "
        f"{sum(r.unread for r in rows):,} unread, the "
        f"oldest {duration(load.seconds)} old, but heartbeats continue.",
        evidence=(
            commit_evidence(max(load.rows, key=lambda r: (r.seconds, r.unread)), case),
            Evidence(
                f"{describe_request(case)}, {observation_text(case)}",
                f"member {load.name}",
                f"in every sample, {case.lag.state}",
            ),
            _rhythm_evidence(case),
            *_poll_evidence(report),
        ),
        actions=(
            Action(
                summary=f"take a thread dump of {load.name} (jcmd PID Thread.print): it shows "
                "where the last batch hangs"
            ),
            Action(summary="check what it calls: database, HTTP service, lock"),
            Action(
                summary=f"restart only that instance: {few(w.name for w in stuck)}",
                command=steward("group describe", case.lag.group),
                caution="it processes its batch again, and stops again if what it calls does not answer",
            ),
        ),
        settles=()
        if proved
        else (*case.until_likely, "last-poll-seconds-ago of the member: --client-metrics URL"),
    )


def _is_stuck(case: DiagnosisInput, load: MemberLoad) -> bool:
    """Return whether a lasting member has records on every late partition, and none of its commits moves."""
    waiting = [r for r in load.rows if r.unread and r.partition not in case.blocked_keys]
    late = [r for r in waiting if r.partition in case.late_keys]
    if not late or load.member.id not in case.lasting_members:
        return False
    report = report_of(case, load.member)
    if report is not None and report.last_poll_seconds_ago is not None:
        return report.last_poll_seconds_ago > _IDLE_POLL_SECONDS and not any(
            r.steps for r in waiting
        )
    if any(r.owners != frozenset({load.member.id}) for r in late):
        return False
    return all(case.is_flat(r) for r in late) and not any(
        r.steps and r.flat_seconds < case.patience_of(r) for r in load.rows
    )


def _rhythm_evidence(case: DiagnosisInput) -> Evidence:
    gap = case.longest_commit_gap
    said = "no two commits seen" if gap is None else f"at most {duration(gap)}"
    return Evidence(
        f"OffsetFetch, {observation_text(case)}", "time between the group's commits", said
    )


def _poll_evidence(report: ClientReport | None) -> tuple[Evidence, ...]:
    if report is None or report.last_poll_seconds_ago is None:
        return ()
    return (
        Evidence(report.source, "last-poll-seconds-ago", duration(report.last_poll_seconds_ago)),
    )


def partition_paused(case: DiagnosisInput) -> Verdict | None:
    """One partition does not move, while its owner moves others and has spare time."""
    if not case.has_excess_lag or case.is_pooled:
        return None
    for load in loads_of(case):
        stalled = stalled_of(case, load.member)
        if stalled.left_alone:
            return _paused(case, load, stalled)
    return None


def partition_waiting(case: DiagnosisInput) -> Verdict | None:
    """Return that a partition may be paused although its owner always has other work.

    Considered after every other cause: the group's load can explain such a partition without a pause.
    """
    if not case.has_excess_lag or case.is_pooled:
        return None
    for load in loads_of(case):
        stalled = stalled_of(case, load.member)
        if stalled.waiting and not stalled.left_alone:
            return _waiting(case, load, stalled)
    return None


def _paused(case: DiagnosisInput, load: MemberLoad, stalled: StalledPartitions) -> Verdict:
    report, rows = report_of(case, load.member), stalled.left_alone
    proved = report is not None and any(r.partition in report.paused_partitions for r in rows)
    return Verdict(
        cause=Cause.PARTITION_PAUSED,
        confidence=Certainty.KNOWN if proved else Certainty.POSSIBLE,
        summary=f"{partitions(rows)} {'does' if len(rows) == 1 else 'do'} not move "
        f"({rows[0].unread:,} unread), while the consumer {load.name} moves "
        f"{count(len(stalled.moving), 'other partition')} at {per_second(load.consumed)}: "
        "paused, or blocked by one record.",
        evidence=_pause_evidence(case, load, stalled, rows),
        actions=(
            Action(
                summary=f"ask the application of {load.name} whether it paused "
                f"{partitions(rows)} (pause(), a full queue, an "
                "open circuit breaker) or retries one record endlessly"
            ),
            Action(
                summary="restart only that instance: a pause ends with the process",
                command=steward("group describe", case.lag.group),
                caution="do not skip records on this evidence: the protocol does not show whether it is "
                "paused or blocked by one bad record",
            ),
        ),
        settles=() if proved else (_STATISTICS_SETTLE,),
    )


def _waiting(case: DiagnosisInput, load: MemberLoad, stalled: StalledPartitions) -> Verdict:
    rows = stalled.waiting
    longest = max(case.patience_of(r) for r in rows)
    return Verdict(
        cause=Cause.PARTITION_PAUSED,
        confidence=Certainty.POSSIBLE,
        summary=f"{partitions(rows)} {'does' if len(rows) == 1 else 'do'} not move "
        f"({rows[0].unread:,} unread). The consumer {load.name} always has "
        f"work in {count(len(stalled.moving), 'other partition')} ({per_second(load.consumed)}): it may not have "
        "read there yet, or has paused it.",
        evidence=_pause_evidence(case, load, stalled, rows),
        actions=(
            Action(
                summary="add members first: if a partition still does not move once its consumer has caught up on the "
                "others, it is paused"
            ),
            Action(
                summary=f"ask the application of {load.name} whether it paused {partitions(rows)}"
            ),
        ),
        settles=(
            Hint(
                f"samples until {partitions(rows)} moves, or until the others have moved for more than "
                f"{duration(longest)}: ",
                steward("diagnose", case.lag.group, wait="5m"),
            ),
            _STATISTICS_SETTLE,
        ),
    )


def _pause_evidence(
    case: DiagnosisInput,
    load: MemberLoad,
    stalled: StalledPartitions,
    rows: tuple[PartitionSummary, ...],
) -> tuple[Evidence, ...]:
    report = report_of(case, load.member)
    idle = (
        ()
        if report is None or report.poll_idle_ratio is None
        else (Evidence(report.source, "poll-idle-ratio-avg", percent(report.poll_idle_ratio)),)
    )
    return (
        commit_evidence(rows[0], case),
        Evidence(
            f"OffsetFetch, {observation_text(case)}",
            f"other partitions of {load.name}",
            f"{len(stalled.moving)} move, {sum(r.unread for r in stalled.moving):,} unread in them",
        ),
        age_evidence(case),
        *idle,
    )
