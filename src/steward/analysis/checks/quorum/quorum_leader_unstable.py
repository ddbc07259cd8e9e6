"""Quorums without a stable leader."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import count, duration, on_cluster
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check(
    "R02",
    Severity.CRITICAL,
    over=CLUSTER,
    parts=(Part.QUORUM,),
    nature=Nature.STATE,
    asks_history=True,
)
def quorum_leader_unstable(facts: Facts, _: None) -> Iterator[FoundState]:
    """The metadata quorum has no leader, or elects leaders repeatedly.

    What it means: DescribeQuorum reports no leader; or between snapshots the leader epoch rose by at least the
        threshold quorum_elections_in_window and more often than once a minute (high severity).
    Why it matters: without an active controller, partitions whose leader fails stay offline, in-sync replicas cannot
        change, and every administrative request waits.
    What to do: read the controllers' logs for elections and resignations. Usual causes are a slow disk of the metadata
        log, long garbage collection, or packet loss between controllers.
    """
    quorum = facts.quorum
    if quorum.leader_id < 0:
        yield FoundState(
            object=on_cluster(),
            summary=f"the metadata quorum has no leader in epoch {quorum.leader_epoch}",
            evidence=(Evidence("DescribeQuorum", "leaderId", str(quorum.leader_id)),),
            remedy=_REMEDY,
        )
        return
    first = facts.require_history()
    seconds = facts.seconds_since(first, Part.QUORUM)
    elections = quorum.leader_epoch - first.quorum.leader_epoch
    often = max(facts.thresholds.quorum_elections_in_window, seconds / 60)
    if elections >= often:
        yield FoundState(
            object=on_cluster(),
            severity=Severity.HIGH,
            summary=f"repeated controller elections: {count(elections, 'new leader epoch')} in {duration(seconds)}",
            evidence=(
                Evidence("DescribeQuorum", "leaderEpoch, first", str(first.quorum.leader_epoch)),
                Evidence("DescribeQuorum", "leaderEpoch, now", str(quorum.leader_epoch)),
            ),
            remedy=_REMEDY,
        )


_REMEDY = Remedy(
    "read the controllers' logs for the cause of the elections (disk, garbage collection, network)",
    steward("quorum describe"),
)
