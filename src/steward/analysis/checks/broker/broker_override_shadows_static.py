"""Brokers whose running configuration differs from server.properties."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import BROKERS, FoundState, check
from steward.analysis.checks.say import few, on_broker
from steward.model.broker import Broker
from steward.model.command import steward
from steward.model.config import ConfigEntry, ConfigSource
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("B05", Severity.MEDIUM, over=BROKERS, parts=(Part.BROKERS, Part.BROKER_CONFIGS))
def broker_override_shadows_static(facts: Facts, broker: Broker) -> Iterator[FoundState]:
    """A dynamic value for one broker overrides another value in its server.properties.

    What it means: keys were changed on the running broker only; its server.properties has other values.
    Why it matters: a person or tool that reads or deploys the file assumes that its values apply. This broker behaves
        differently from the others, without a record of the reason.
    What to do: remove the dynamic value, or write it into the file or set it for all brokers.
    """
    if broker.fenced is True:
        return
    hidden = [
        (entry, static)
        for _, entry in sorted(facts.broker_configs_of(broker.id).items())
        if entry.source is ConfigSource.BROKER
        for static in (_static(entry),)
        if static is not None and static != entry.value
    ]
    if not hidden:
        return
    keys = [entry.name for entry, _ in hidden]
    yield FoundState(
        object=on_broker(broker.id),
        summary=f"dynamic values override server.properties: {few(keys)}",
        evidence=tuple(
            Evidence(
                f"DescribeConfigs broker {broker.id}",
                entry.name,
                f"{entry.value} (server.properties: {static})",
            )
            for entry, static in hidden
        ),
        remedy=Remedy(
            "remove the dynamic values, or write them into server.properties",
            steward("broker alter", broker.id, unset=keys),
        ),
    )


def _static(entry: ConfigEntry) -> str | None:
    """Return the value of the same key in server.properties; None for secrets, which cannot be compared."""
    if entry.is_sensitive:
        return None
    found = (
        s.value for s in entry.synonyms if s.source is ConfigSource.STATIC and s.name == entry.name
    )
    return next(found, None)
