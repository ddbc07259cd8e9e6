"""Connected clients that do not say what they are."""

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
"""Names the brokers' listener only where it is not named itself."""
_OWN_LISTENERS = (_BY_NAME, _BY_PROTOCOL, "controller.listener.names")


@check(
    "P09",
    Severity.MEDIUM,
    over=CLUSTER,
    parts=(Part.BROKERS, Part.METRICS, Part.BROKER_CONFIGS),
    needs_history=True,
)
def client_version_old(facts: Facts, _: None) -> Iterator[FoundState]:
    """Clients are connected that do not tell their name and version.

    What it means: in every look, brokers counted connections whose client software is unknown. Clients have told it
        since KIP-511 (Java 2.4, of 2019), so that these are older, which is inferred: a proxy or a health check that
        keeps its connection open shows in the same way. Brokers do not introduce themselves to each other, so that
        listeners which they and the controllers use are left out.
    Why it matters: libraries that old lack idempotence by default and years of fixes, and those of before 2.1 cannot
        speak to Kafka 4 at all.
    What to do: find them by the listener and by the addresses connected to it, and upgrade the library.
    """
    counted = _unknown_clients(facts)
    for look in facts.earlier:
        then = _unknown_clients(look)
        counted = Counter({key: min(n, then[key]) for key, n in counted.items()})
    own = _listeners_of_brokers(facts)
    lasting = {key: n for key, n in sorted(counted.items()) if n > 0 and key[1] not in own}
    if lasting:
        yield FoundState(
            object=on_cluster(),
            confidence=Confidence.INFERRED,
            summary=f"{count(sum(lasting.values()), 'connection')} of clients that do not tell their version, as those "
            f"of before 2019 do not: {few(f'listener {listener} of broker {b}' for b, listener in lasting)}",
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
    """Return the listeners that brokers and controllers use among themselves.

    Errors: FactMissing where some broker's configuration is unknown.
    """
    facts.require_all_broker_configs()
    found: set[str] = set()
    for configs in facts.known_broker_configs.values():
        values = {key: e.value for key in _OWN_LISTENERS if (e := configs.get(key)) and e.value}
        if _BY_NAME in values:
            values.pop(_BY_PROTOCOL, None)
        found.update(name.strip() for value in values.values() for name in value.split(","))
    return frozenset(found)


def _unknown_clients(look: Facts) -> Counter[tuple[int, str]]:
    found: Counter[tuple[int, str]] = Counter()
    for broker, metrics in look.metrics.items():
        for sample in (
            metrics.samples.get(CLIENT_CONNECTIONS, ())
            if isinstance(metrics, BrokerMetrics)
            else ()
        ):
            if sample.label("clientSoftwareName") == _UNKNOWN:
                found[broker, sample.label("listener") or "?"] += int(sample.value)
    return found
