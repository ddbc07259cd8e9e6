"""Connected clients that do not report their version."""

from collections import Counter
from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.metric_names import CLIENT_CONNECTIONS
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.broker import BrokerMetrics
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part

_UNKNOWN = "unknown"
_BY_NAME = "inter.broker.listener.name"
_BY_PROTOCOL = "security.inter.broker.protocol"
"""Defines the inter-broker listener only if inter.broker.listener.name is not set."""
_OWN_LISTENERS = (_BY_NAME, _BY_PROTOCOL, "controller.listener.names")


@check(
    "P09",
    Severity.MEDIUM,
    over=CLUSTER,
    parts=(Part.BROKERS, Part.METRICS, Part.BROKER_CONFIGS),
    needs_history=True,
)
def client_version_old(facts: Facts, _: None) -> Iterator[FoundState]:
    """Connected clients do not report their name and version.

    What it means: in every snapshot, brokers counted connections with unknown client software. Clients have reported it
        since KIP-511 (Java 2.4, of 2019), so these are older. That is inferred: a proxy or a health check that keeps
        its connection open looks the same. Brokers do not report it to each other, so listeners that brokers and
        controllers use are left out.
    Why it matters: libraries that old lack idempotence by default and years of fixes. Those older than 2.1 cannot
        connect to Kafka 4.
    What to do: find them by the listener and by the addresses connected to it, and upgrade the library.
    """
    counted = _unknown_clients(facts)
    for earlier in facts.earlier:
        then = _unknown_clients(earlier)
        counted = Counter({key: min(n, then[key]) for key, n in counted.items()})
    own = _listeners_of_brokers(facts)
    lasting = {key: n for key, n in sorted(counted.items()) if n > 0 and key[1] not in own}
    if lasting:
        yield FoundState(
            object=on_cluster(),
            confidence=Confidence.INFERRED,
            summary=f"{count(round(sum(lasting.values())), 'connection')} of clients without a version "
            f"(older than 2019): {few(f'listener {listener} of broker {b}' for b, listener in lasting)}",
            evidence=tuple(
                Evidence(
                    f"metrics of broker {b}",
                    f"connections on {listener}, clientSoftwareName unknown",
                    str(n),
                )
                for (b, listener), n in list(lasting.items())[:5]
            ),
            remedy=Remedy(
                "find the clients by their addresses on that listener, and upgrade their library"
            ),
        )
    facts.require_all_metrics(CLIENT_CONNECTIONS)


def _listeners_of_brokers(facts: Facts) -> frozenset[str]:
    """Return the listeners that brokers and controllers use for their own traffic.

    Errors: FactMissing if some broker's configuration is unknown.
    """
    facts.require_all_broker_configs()
    found: set[str] = set()
    for configs in facts.known_broker_configs.values():
        values = {key: e.value for key in _OWN_LISTENERS if (e := configs.get(key)) and e.value}
        if _BY_NAME in values:
            values.pop(_BY_PROTOCOL, None)
        found.update(name.strip() for value in values.values() for name in value.split(","))
    return frozenset(found)


def _unknown_clients(earlier: Facts) -> Counter[tuple[int, str]]:
    found: Counter[tuple[int, str]] = Counter()
    for broker, metrics in earlier.metrics.items():
        for sample in (
            metrics.samples.get(CLIENT_CONNECTIONS, ())
            if isinstance(metrics, BrokerMetrics)
            else ()
        ):
            if sample.label("clientSoftwareName") == _UNKNOWN:
                found[broker, sample.label("listener") or "?"] += int(sample.value)
    return found
