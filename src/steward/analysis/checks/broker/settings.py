"""Values of one setting on all brokers."""

from collections.abc import Iterable, Mapping

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.say import brokers_named
from steward.model.config import ConfigEntry
from steward.model.finding import Evidence


def entries(facts: Facts, key: str) -> Mapping[int, ConfigEntry]:
    """Return the entry by broker, for brokers that reported their configuration and know the key."""
    return {b: configs[key] for b, configs in facts.known_broker_configs.items() if key in configs}


def holders(facts: Facts, key: str) -> Mapping[str, list[int]]:
    """Return the brokers by their value; sensitive values are left out."""
    found: dict[str, list[int]] = {}
    for broker, entry in entries(facts, key).items():
        if not entry.is_sensitive:
            found.setdefault(str(entry.value), []).append(broker)
    return found


def below(facts: Facts, key: str, minimum: int) -> Mapping[int, int]:
    """Return the brokers whose value is below ``minimum``, with that value."""
    found = ((b, int(e.value or 0)) for b, e in entries(facts, key).items())
    return {broker: value for broker, value in found if value < minimum}


def value_evidence(key: str, value: object, brokers: Iterable[int]) -> Evidence:
    """Return a value that several brokers share as evidence."""
    return Evidence(f"DescribeConfigs {brokers_named(sorted(brokers))}", key, str(value))
