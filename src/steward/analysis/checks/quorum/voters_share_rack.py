"""Quorums that one machine or one rack can stop."""

from collections import Counter
from collections.abc import Iterator, Mapping

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import FactMissing
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_cluster
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.quorum import QuorumReplica
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why

_LOOPBACK = ("127.", "localhost", "::1", "[::1]")


@check("R08", Severity.MEDIUM, over=CLUSTER, parts=(Part.QUORUM, Part.BROKERS))
def voters_share_rack(facts: Facts, _: None) -> Iterator[FoundState]:
    """One host or one rack holds a majority of the quorum's voters.

    What it means: the endpoints of most voters name the same host; or most voters are brokers of one rack. Racks of
        controllers that are no brokers cannot be seen. Voters on loopback addresses are a sandbox, and no finding.
    Why it matters: losing that one host or rack stops the quorum, whatever number of voters there is.
    What to do: move voters, so that each of three is on a host and in a rack of its own.
    """
    voters = facts.quorum.voters
    if len(voters) < 3:
        return
    hosts = {v.id: host for v in voters if (host := _host(facts, v))}
    if any(host.startswith(_LOOPBACK) for host in hosts.values()):
        return
    racks = {v.id: rack for v in voters if (rack := _rack(facts, v))}
    for what, places in (("host", hosts), ("rack", racks)):
        place, held = _most(places)
        if held * 2 > len(voters):
            yield FoundState(
                object=on_cluster(),
                summary=f"one {what} can stop the quorum: {held} of {len(voters)} voters are on {place}",
                evidence=tuple(
                    Evidence("DescribeQuorum", f"{what} of voter {id}", where)
                    for id, where in sorted(places.items())
                ),
                remedy=Remedy(f"move voters, so that no {what} holds more than one of three"),
            )
            return
    if len(hosts) < len(voters):
        raise FactMissing(Unknown(Why.TRUNCATED, "the quorum does not tell its voters' endpoints"))


def _most(places: Mapping[int, str]) -> tuple[str, int]:
    counted = Counter(places.values())
    return max(sorted(counted.items()), key=lambda pair: pair[1], default=("", 0))


def _host(facts: Facts, voter: QuorumReplica) -> str:
    for endpoint in voter.endpoints:
        return endpoint.rpartition("://")[2].rpartition(":")[0]
    broker = facts.broker_by_id.get(voter.id)
    return broker.host if broker else ""


def _rack(facts: Facts, voter: QuorumReplica) -> str | None:
    broker = facts.broker_by_id.get(voter.id)
    return broker.rack if broker else None
