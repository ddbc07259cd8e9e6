"""Keys of the authorizer, whose values brokers keep to themselves because Kafka itself does not define them."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import FoundState
from steward.analysis.checks.say import config_evidence, on_cluster
from steward.model.config import ConfigEntry
from steward.model.finding import Remedy, Severity


def entries(facts: Facts, key: str) -> dict[int, ConfigEntry]:
    """Return the brokers on which a key is set, with what they tell of it."""
    return {b: c[key] for b, c in facts.known_broker_configs.items() if key in c}


def told(entries_by_broker: dict[int, ConfigEntry]) -> dict[int, str]:
    """Return the values that are told."""
    return {b: e.value for b, e in entries_by_broker.items() if e.value is not None}


def not_told(entries_by_broker: dict[int, ConfigEntry], key: str) -> Iterator[FoundState]:
    """Say that a value cannot be judged because the brokers hide it."""
    hidden = {b: e for b, e in entries_by_broker.items() if e.value is None}
    if not hidden:
        return
    broker, entry = next(iter(hidden.items()))
    yield FoundState(
        object=on_cluster(),
        severity=Severity.UNKNOWN,
        summary=f"could not be judged: brokers never tell the value of {key}",
        evidence=(config_evidence(f"broker {broker}", entry),),
        remedy=Remedy(
            f"read {key} in server.properties of the brokers and controllers; once judged by eye, "
            "switch this check off under [checks.thresholds.severities]"
        ),
    )
