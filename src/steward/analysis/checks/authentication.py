"""How clients authenticate, according to the brokers' listeners."""

from steward.analysis.checks.facts import FactMissing, FactNotApplicable, Facts, known
from steward.model.config import Configs
from steward.model.unknown import Unknown, Why

ANONYMOUS = "ANONYMOUS"
CERTIFICATE = "SSL"


def client_mechanisms(facts: Facts) -> frozenset[str]:
    """Return the authentication methods of the listeners of the lowest-numbered broker with known configuration.

    Shape: SASL mechanisms, SSL for client certificates, ANONYMOUS where a listener accepts unauthenticated clients.

    Listeners of controllers are ignored.
    """
    configs = _first_known(facts)
    protocols = dict(
        pair.split(":", 1) for pair in _words(facts, configs, "listener.security.protocol.map")
    )
    controllers = _words(facts, configs, "controller.listener.names")
    names = [url.partition("://")[0] for url in _words(facts, configs, "listeners")]
    found: set[str] = set()
    for name in names:
        if name not in controllers:
            found |= _mechanisms(facts, configs, name, protocols.get(name, name))
    return frozenset(found)


def require_listed_principals(facts: Facts) -> None:
    """Stop a check where clients may authenticate in ways for which Kafka has no list of users.

    Errors: FactNotApplicable unless SCRAM is the only method: Kafka stores only SCRAM users.
    """
    mechanisms = client_mechanisms(facts) - {ANONYMOUS}
    others = sorted(m for m in mechanisms if not m.startswith("SCRAM-"))
    if others or not mechanisms:
        raise FactNotApplicable(f"Kafka has no list of users for {', '.join(others) or ANONYMOUS}")


def _mechanisms(facts: Facts, configs: Configs, listener: str, protocol: str) -> set[str]:
    prefix = f"listener.name.{listener.lower()}."
    if protocol.startswith("SASL"):
        return set(_overridable(facts, configs, prefix, "sasl.enabled.mechanisms"))
    if protocol == "SSL":
        wanted = _overridable(facts, configs, prefix, "ssl.client.auth")
        return {"required": {CERTIFICATE}, "requested": {CERTIFICATE, ANONYMOUS}}.get(
            "".join(wanted), {ANONYMOUS}
        )
    return {ANONYMOUS}


def _overridable(facts: Facts, configs: Configs, prefix: str, key: str) -> list[str]:
    return _words(facts, configs, prefix + key if prefix + key in configs else key)


def _words(facts: Facts, configs: Configs, key: str) -> list[str]:
    entry = facts.config(configs, key)
    if entry.is_sensitive:
        raise FactMissing(Unknown(Why.REFUSED, f"the broker hides the value of {key}"))
    return [word.strip() for word in (entry.value or "").split(",") if word.strip()]


def _first_known(facts: Facts) -> Configs:
    for configs in facts.known_broker_configs.values():
        return configs
    untold = Unknown(Why.TRUNCATED, "no broker reported its configuration")
    return known(next(iter(facts.broker_configs.values()), untold))
