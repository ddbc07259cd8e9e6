"""Keys of the authorizer, whose values brokers hide because Kafka does not define them."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import FoundState
from steward.analysis.checks.say import config_evidence, on_cluster
from steward.model.config import ConfigEntry
from steward.model.finding import Remedy, Severity


def entries(facts: Facts, key: str) -> dict[int, ConfigEntry]:
    """Return the entry by broker, for the brokers on which a key is set."""
    return {b: c[key] for b, c in facts.known_broker_configs.items() if key in c}


def visible_values(entries_by_broker: dict[int, ConfigEntry]) -> dict[int, str]:
    """Return the values that are not hidden."""
    return {b: e.value for b, e in entries_by_broker.items() if e.value is not None}


def hidden_value(entries_by_broker: dict[int, ConfigEntry], key: str) -> Iterator[FoundState]:
    """Return the finding that a value is unknown because the brokers hide it."""
    hidden = {b: e for b, e in entries_by_broker.items() if e.value is None}
    if not hidden:
        return
    broker, entry = next(iter(hidden.items()))
    yield FoundState(
        object=on_cluster(),
        severity=Severity.UNKNOWN,
        summary=f"not judged: brokers do not report the value of {key}",
        evidence=(config_evidence(f"broker {broker}", entry),),
        remedy=Remedy(
            f"read {key} in server.properties of the brokers and controllers; after that "
            "switch this check off under [checks.thresholds.severities]"
        ),
    )
