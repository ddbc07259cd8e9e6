"""The listeners of a broker, read from its configuration."""

from collections.abc import Iterator
from dataclasses import dataclass

from steward.model.config import Configs

PROTOCOLS = frozenset({"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"})
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

    @property
    def is_encrypted(self) -> bool:
        """Whether the broker encrypts what it sends."""
        return self.protocol.endswith("SSL")


def listeners_in(broker: int, configs: Configs) -> Iterator[BrokerListener]:
    """Yield the listeners of a broker's configuration, in its order; none where ``listeners`` is not reported."""
    protocols = dict(
        pair.split(":", 1)
        for pair in _words(_value(configs, "listener.security.protocol.map"))
        if ":" in pair
    )
    for address in _words(_value(configs, "listeners")):
        name, _, rest = address.partition("://")
        yield BrokerListener(
            broker=broker,
            name=name,
            protocol=protocols.get(name) or (name if name in PROTOCOLS else "PLAINTEXT"),
            host=rest.rpartition(":")[0],
            address=address,
            client_auth=_overridable(configs, name, "ssl.client.auth") or "none",
            mechanisms=_overridable(configs, name, "sasl.enabled.mechanisms") or "GSSAPI",
        )


def controller_listeners(configs: Configs) -> frozenset[str]:
    """Return the names of the listeners that only controllers serve."""
    return frozenset(_words(_value(configs, "controller.listener.names")))


def _overridable(configs: Configs, listener: str, key: str) -> str:
    return _value(configs, f"listener.name.{listener.lower()}.{key}") or _value(configs, key)


def _value(configs: Configs, key: str) -> str:
    entry = configs.get(key)
    return entry.value or "" if entry else ""


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
