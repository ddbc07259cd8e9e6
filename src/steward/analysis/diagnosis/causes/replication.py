"""Under-replicated or moving partitions among those that lag."""

from steward.analysis.diagnosis.broker_metrics import PRODUCE_REMOTE_MS, gauge
from steward.analysis.diagnosis.causes.wording import age_evidence, count, few
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.model.command import steward
from steward.model.finding import Evidence
from steward.model.replication import lacks_replicas, missing_replicas
from steward.model.verdict import Action, Cause, Certainty, Verdict
from steward.model.wording import duration

_SLOW_MS = 10.0
_SETTLES = (
    "RemoteTimeMs of Produce and FetchFollower from the brokers' metrics, "
    "and the lag once the replica is in sync"
)


def under_replication(case: DiagnosisInput) -> Verdict | None:
    """The late partitions are under-replicated, or being reassigned."""
    if not case.has_excess_lag or case.is_falling:
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
        "being reassigned between brokers"
        if moving and not missing
        else f"under-replicated (not in sync: broker {few(missing)})"
    )
    everywhere = all(_trails(r) for r in case.rows) and not moving
    return Verdict(
        cause=Cause.UNDER_REPLICATION,
        confidence=Certainty.LIKELY if slowed and not everywhere else Certainty.POSSIBLE,
        summary=f"{count(len(rows), 'partition')} of the {len(case.late)} that lag "
        f"{'is' if len(rows) == 1 else 'are'} {what}: replication "
        "competes with consumers, and consumers receive records only once they are replicated.",
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
                        "partitions being reassigned",
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
                        duration(remote / 1000),
                    ),
                )
                if remote is not None
                else ()
            ),
            age_evidence(case),
        ),
        actions=(
            Action(
                summary=f"restore the replica: broker {few(missing)} is down, its disk is full, or it fetches slowly"
                if missing
                else "wait for the reassignment, or throttle it",
                command=steward("topic list", under_replicated=True),
            ),
            Action(
                summary="set a replication throttle, so that copying leaves bandwidth for clients",
                command=steward(
                    "broker alter", state.leader, set="leader.replication.throttled.rate=50000000"
                ),
                caution="it applies only to throttled replicas (leader.replication.throttled.replicas "
                "of the topic); remove it afterwards",
            ),
        ),
        settles=(_SETTLES,),
    )


def _trails(row: PartitionSummary) -> bool:
    return row.state is not None and row.leader >= 0 and lacks_replicas(row.state)
