"""Quorums that one lost host or rack stops."""

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
    """A majority of the quorum's voters is on one host or in one rack.

    What it means: the endpoints of most voters have the same host; or most voters are brokers of one rack. The racks of
        dedicated controllers are unknown. Voters on loopback addresses are a sandbox and not a finding.
    Why it matters: the loss of that host or rack stops the quorum, however many voters it has.
    What to do: move voters so that each of three is on its own host and in its own rack.
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
                summary=f"losing one {what} stops the quorum: {held} of {len(voters)} voters are on {place}",
                evidence=tuple(
                    Evidence("DescribeQuorum", f"{what} of voter {id}", where)
                    for id, where in sorted(places.items())
                ),
                remedy=Remedy(f"move voters so that no {what} has more than one of three"),
            )
            return
    if len(hosts) < len(voters):
        raise FactMissing(
            Unknown(Why.TRUNCATED, "the quorum does not report its voters' endpoints")
        )


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
