"""One setting as all brokers have it."""

from collections.abc import Iterable, Mapping

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.say import few
from steward.model.config import ConfigEntry
from steward.model.finding import Evidence


def entries(facts: Facts, key: str) -> Mapping[int, ConfigEntry]:
    """Return an entry by broker, of the brokers that told their configuration and know the key."""
    return {b: configs[key] for b, configs in facts.known_broker_configs.items() if key in configs}


def holders(facts: Facts, key: str) -> Mapping[str, list[int]]:
    """Return the brokers by the value that they have; secrets are left out."""
    found: dict[str, list[int]] = {}
    for broker, entry in entries(facts, key).items():
        if not entry.is_sensitive:
            found.setdefault(str(entry.value), []).append(broker)
    return found


def below(facts: Facts, key: str, least: int) -> Mapping[int, int]:
    """Return the brokers whose number is below the least, with that number."""
    found = ((b, int(e.value or 0)) for b, e in entries(facts, key).items())
    return {broker: value for broker, value in found if value < least}


def value_evidence(key: str, value: object, brokers: Iterable[int]) -> Evidence:
    """Quote a value that several brokers have."""
    return Evidence(f"DescribeConfigs brokers {few(sorted(brokers))}", key, str(value))
