"""Replicas that trail, beside what lags."""

from steward.analysis.diagnosis.broker_metrics import PRODUCE_REMOTE_MS, gauge
from steward.analysis.diagnosis.causes.wording import age_evidence, count, few
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.model.command import steward
from steward.model.finding import Evidence
from steward.model.replication import lacks_replicas, missing_replicas
from steward.model.verdict import Action, Cause, Certainty, Verdict

_SLOW_MS = 10.0
_SETTLES = (
    "RemoteTimeMs of Produce and FetchFollower from the brokers' metrics, "
    "and the lag after the replica is back"
)


def under_replication(case: DiagnosisInput) -> Verdict | None:
    """L10: the partitions that lag have replicas out of sync, or on the move."""
    if not case.in_trouble or case.is_falling:
        return None
    rows = tuple(r for r in case.late if _trails(r) or r.partition in case.reassigning)
    if not rows or 2 * len(rows) < len(case.late):
        return None
    row = max(rows, key=lambda r: (r.seconds, r.unread))
    state = row.state
    if state is None:
        return None
    missing = sorted(missing_replicas(state))
    remote = gauge(case, state.leader, PRODUCE_REMOTE_MS, request="Produce")
    slowed = remote is not None and remote > _SLOW_MS
    moving = any(r.partition in case.reassigning for r in rows)
    what = (
        "on the move between brokers"
        if moving and not missing
        else f"without broker {few(missing)} in sync"
    )
    everywhere = all(_trails(r) for r in case.rows) and not moving
    return Verdict(
        cause=Cause.UNDER_REPLICATION,
        confidence=Certainty.LIKELY if slowed and not everywhere else Certainty.POSSIBLE,
        summary=f"{count(len(rows), 'partition')} of the {len(case.late)} that lag are {what}: the brokers copy beside "
        "serving, and readers get records only once they are replicated.",
        evidence=(
            Evidence(
                "Metadata",
                f"replicas and in-sync replicas of {row.partition}",
                f"{few(state.replicas)}; in sync {few(state.isr)}",
            ),
            *(
                (
                    Evidence(
                        "ListPartitionReassignments",
                        "partitions on the move",
                        str(len(case.reassigning)),
                    ),
                )
                if moving
                else ()
            ),
            *(
                (
                    Evidence(
                        f"metrics of broker {state.leader}",
                        "Produce RemoteTimeMs mean",
                        f"{remote:.0f} ms",
                    ),
                )
                if remote is not None
                else ()
            ),
            age_evidence(case),
        ),
        actions=(
            Action(
                summary=f"bring the replica back: broker {few(missing)} down, its disk full, or its fetching slow"
                if missing
                else "wait for the reassignment, or slow it down",
                command=steward("topic list", under_replicated=True),
            ),
            Action(
                summary="keep what copies from starving what serves: throttle it",
                command=steward(
                    "broker alter", state.leader, set="leader.replication.throttled.rate=50000000"
                ),
                caution="only throttled replicas obey it (leader.replication.throttled.replicas "
                "of the topic); remove it after",
            ),
        ),
        settles=(_SETTLES,),
    )


def _trails(row: PartitionSummary) -> bool:
    return row.state is not None and row.leader >= 0 and lacks_replicas(row.state)
