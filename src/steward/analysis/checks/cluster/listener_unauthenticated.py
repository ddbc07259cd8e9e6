"""Listeners that accept unauthenticated clients."""

from collections.abc import Iterator

from steward.analysis.checks.cluster.listeners import BrokerListener, evidence_of, listeners_by_name
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.finding import ObjectRef, Remedy, Severity
from steward.model.snapshot import Part


@check("C01", Severity.CRITICAL, over=CLUSTER, parts=(Part.BROKER_CONFIGS,))
def listener_unauthenticated(facts: Facts, _: None) -> Iterator[FoundState]:
    """A listener accepts clients without authentication.

    What it means: the listener's protocol is PLAINTEXT, or SSL without a required client certificate, so every client
        that reaches the port is User:ANONYMOUS. A listener bound to a loopback address has low severity: only programs
        on the broker's own machine reach it.
    Why it matters: ACLs and quotas cannot tell such clients apart. Without an authorizer these clients can read, write
        and delete everything.
    What to do: map the listener to SASL_SSL, or to SSL with ssl.client.auth=required, in
        listener.security.protocol.map. Add the new listener first, move the clients, then remove the old one.
        If a network restricts access to the port, waive the finding with that reason.
    """
    local: list[BrokerListener] = []
    for name, listeners in listeners_by_name(facts).items():
        open_ones = tuple(one for one in listeners if one.admits_anyone)
        reachable = tuple(one for one in open_ones if not one.is_loopback)
        local.extend(one for one in open_ones if one.is_loopback)
        if reachable:
            yield FoundState(
                object=ObjectRef("listener", name),
                summary=f"accepts every client that reaches the port: {reachable[0].protocol} without "
                f"authentication on {count(len(reachable), 'broker')}",
                evidence=evidence_of(reachable),
                remedy=_REMEDY,
            )
    if local:
        names = sorted({one.name for one in local})
        yield FoundState(
            object=on_cluster(),
            severity=Severity.LOW,
            summary=f"accepts every program on the broker's own machine: {count(len(names), 'listener')} on "
            f"loopback without authentication ({few(names)})",
            evidence=tuple(
                e for name in names for e in evidence_of(tuple(o for o in local if o.name == name))
            ),
            remedy=_REMEDY,
        )
    facts.require_all_broker_configs()


_REMEDY = Remedy(
    "map the listener to SASL_SSL, or to SSL with ssl.client.auth=required, in server.properties of every broker "
    "and restart them one at a time"
)
