"""Quorums with too few voters."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.command import kafka
from steward.model.connection import Environment
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_VOTERS = 3


@check("R01", Severity.CRITICAL, over=CLUSTER, parts=(Part.QUORUM,))
def quorum_too_small(facts: Facts, _: None) -> Iterator[FoundState]:
    """The metadata quorum has fewer than three voters, or an even number of voters.

    What it means: with one or two voters, the loss of one controller stops the quorum. An even number (medium severity)
        tolerates only as many losses as one voter fewer. In a development environment this is not a finding.
    Why it matters: without a quorum, leaders cannot be elected, topics cannot be created and brokers cannot restart. If
        the only disk is lost, the cluster's metadata is lost.
    What to do: add controllers up to three, or five for large clusters. A dynamic quorum (kraft.version 1) accepts them
        one at a time.
    """
    if facts.environment is Environment.DEVELOPMENT:
        return
    voters = facts.quorum.voters
    tolerated = (len(voters) - 1) // 2
    if len(voters) >= _VOTERS and len(voters) % 2 == 1:
        return
    small = len(voters) < _VOTERS
    yield FoundState(
        object=on_cluster(),
        severity=Severity.CRITICAL if small else Severity.MEDIUM,
        summary=f"losing one controller stops the cluster: the quorum has {count(len(voters), 'voter')}"
        if small
        else f"{len(voters)} voters tolerate only as many losses as {len(voters) - 1}: {tolerated}",
        evidence=(Evidence("DescribeQuorum", "voters", few(v.id for v in voters)),),
        remedy=Remedy(
            "start another controller and add it as a voter",
            kafka("metadata-quorum", "--command-config", "controller.properties", "add-controller"),
        ),
    )
