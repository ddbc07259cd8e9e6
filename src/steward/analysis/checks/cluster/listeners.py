"""The brokers' listeners, by name, and how a finding quotes them."""

from collections.abc import Mapping

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.say import few
from steward.model.finding import Evidence
from steward.model.listener import BrokerListener as BrokerListener
from steward.model.listener import listeners_in


def listeners_by_name(facts: Facts) -> Mapping[str, tuple[BrokerListener, ...]]:
    """Group the listeners of all brokers that reported their configuration by listener name."""
    found: dict[str, list[BrokerListener]] = {}
    for broker, configs in facts.known_broker_configs.items():
        facts.config(configs, "listeners")  # without it the check has nothing to judge
        for listener in listeners_in(broker, configs):
            found.setdefault(listener.name, []).append(listener)
    return {name: tuple(found[name]) for name in sorted(found)}


def evidence_of(listeners: tuple[BrokerListener, ...]) -> tuple[Evidence, ...]:
    """Return the listeners of one name as evidence, with their brokers."""
    first = listeners[0]
    source = f"DescribeConfigs broker {few(one.broker for one in listeners)}"
    quoted = [
        Evidence(source, "listeners", few(dict.fromkeys(one.address for one in listeners), 3)),
        Evidence(source, "listener.security.protocol.map", f"{first.name}:{first.protocol}"),
    ]
    if first.protocol == "SSL":
        quoted.append(Evidence(source, "ssl.client.auth", first.client_auth))
    if first.protocol.startswith("SASL"):
        quoted.append(Evidence(source, "sasl.enabled.mechanisms", first.mechanisms))
    return tuple(quoted)
