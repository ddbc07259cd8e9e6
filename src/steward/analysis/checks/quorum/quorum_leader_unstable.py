"""Quorums without a lasting leader."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import on_cluster, span
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
    """The metadata quorum has no leader, or elects one after another.

    What it means: DescribeQuorum names no leader; or the leader epoch rose, between looks, by as much as the
        threshold quorum_elections_in_window and more often than once a minute (high severity).
    Why it matters: while there is no active controller, partitions whose leader fails stay offline, in-sync
        replicas cannot change, and every administrative request waits.
    What to do: look at the controllers' logs for elections and resignations; mostly a slow disk under the metadata
        log, long garbage collection, or a network that loses packets between controllers.
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
            summary=f"the controllers elect again and again: {elections} leader epochs in {span(seconds)}",
            evidence=(
                Evidence("DescribeQuorum", "leaderEpoch then", str(first.quorum.leader_epoch)),
                Evidence("DescribeQuorum", "leaderEpoch now", str(quorum.leader_epoch)),
            ),
            remedy=_REMEDY,
        )


_REMEDY = Remedy(
    "read the controllers' logs for the cause of the elections (disk, garbage collection, network)",
    steward("quorum describe"),
)
