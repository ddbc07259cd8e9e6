"""Brokers without a limit for new connections."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import UNSEEN, set_quota
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_cluster
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part

UNLIMITED = str(2**31 - 1)
KEYS = ("max.connection.creation.rate", "max.connections.per.ip", "max.connections")


@check("Q05", Severity.MEDIUM, over=CLUSTER, parts=(Part.QUOTAS, Part.BROKER_CONFIGS))
def quota_connection_absent(facts: Facts, _: None) -> Iterator[FoundState]:
    """The number of connections that one client can open is not limited.

    What it means: there is no default connection_creation_rate for IP addresses (KIP-612), and the brokers have the
        unlimited defaults of max.connection.creation.rate, max.connections.per.ip and max.connections.
    Why it matters: a client that reconnects in a loop, especially with TLS, keeps network threads busy with handshakes
        and uses up file descriptors, until no other client can connect.
    What to do: set a default for IP addresses. Consider addresses that many clients share, such as gateways.
    """
    if facts.quota_resolver.resolve_ip(UNSEEN):
        return
    entries = [facts.any_broker_config(key) for key in KEYS]
    if any(entry.value not in (UNLIMITED, None) for entry in entries):
        return
    yield FoundState(
        object=on_cluster(),
        summary="one client can open any number of connections at any rate",
        evidence=(
            Evidence("DescribeClientQuotas", "default connection_creation_rate", "none"),
            *(Evidence("DescribeConfigs broker", e.name, str(e.value)) for e in entries),
        ),
        remedy=set_quota(
            (("ip", None),),
            "connection_creation_rate=50",
            "set a default for IP addresses, here 50 connections/s per broker",
        ),
    )
