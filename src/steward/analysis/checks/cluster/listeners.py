"""The brokers' listeners: protocol, bound address and authentication."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.say import few
from steward.model.config import Configs
from steward.model.finding import Evidence

_PROTOCOLS = frozenset({"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"})
_LOOPBACK = ("127.", "localhost", "::1", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerListener:
    """One listener of one broker; an empty ``host`` means every interface."""

    broker: int
    name: str
    protocol: str
    host: str
    address: str
    client_auth: str
    mechanisms: str

    @property
    def is_loopback(self) -> bool:
        """Whether only the broker's own machine can reach it."""
        return self.host.startswith(_LOOPBACK)

    @property
    def admits_anyone(self) -> bool:
        """Whether a client may skip authentication (its principal is then ANONYMOUS)."""
        if self.protocol == "SSL":
            return self.client_auth != "required"
        return self.protocol == "PLAINTEXT"


def listeners_by_name(facts: Facts) -> Mapping[str, tuple[BrokerListener, ...]]:
    """Group the listeners of all brokers that reported their configuration by listener name."""
    found: dict[str, list[BrokerListener]] = {}
    for broker, configs in facts.known_broker_configs.items():
        for listener in _listeners(facts, broker, configs):
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


def _listeners(facts: Facts, broker: int, configs: Configs) -> Iterator[BrokerListener]:
    protocols = dict(
        pair.split(":", 1)
        for pair in _words(_value(configs, "listener.security.protocol.map"))
        if ":" in pair
    )
    for address in _words(facts.config(configs, "listeners").value or ""):
        name, _, rest = address.partition("://")
        yield BrokerListener(
            broker=broker,
            name=name,
            protocol=protocols.get(name) or (name if name in _PROTOCOLS else "PLAINTEXT"),
            host=rest.rpartition(":")[0],
            address=address,
            client_auth=_overridable(configs, name, "ssl.client.auth") or "none",
            mechanisms=_overridable(configs, name, "sasl.enabled.mechanisms") or "GSSAPI",
        )


def _overridable(configs: Configs, listener: str, key: str) -> str:
    return _value(configs, f"listener.name.{listener.lower()}.{key}") or _value(configs, key)


def _value(configs: Configs, key: str) -> str:
    entry = configs.get(key)
    return entry.value or "" if entry else ""


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
