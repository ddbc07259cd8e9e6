"""Brokers with a leftover replication throttle."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import BROKERS, FoundState, Nature, check
from steward.analysis.checks.say import config_evidence, few, on_broker, on_cluster
from steward.model.broker import Broker
from steward.model.command import steward
from steward.model.config import ConfigEntry, ConfigSource
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.wording import rate

BETWEEN_BROKERS = ("leader.replication.throttled.rate", "follower.replication.throttled.rate")
BETWEEN_DIRECTORIES = "replica.alter.log.dirs.io.max.bytes.per.second"
PARTS = (Part.BROKERS, Part.BROKER_CONFIGS, Part.REASSIGNMENTS, Part.LOG_DIRS)


@check("B10", Severity.HIGH, over=BROKERS, parts=PARTS, nature=Nature.STATE)
def throttle_rate_left_behind(facts: Facts, broker: Broker) -> Iterator[FoundState]:
    """A replication throttle is set although no replicas move.

    What it means: a replication throttle rate was set on the running broker for a reassignment that has ended.
    Why it matters: the rate applies to every replica that is still listed as throttled or will be. A broker that
        returns after a failure may then take hours to catch up.
    What to do: remove the rates (kafka-reassign-partitions --verify removes them too).
    """
    if broker.fenced is True:
        return
    reports_default = broker.id == next(iter(facts.known_broker_configs), broker.id)
    configs = facts.broker_configs_of(broker.id)
    for source in (ConfigSource.BROKER, ConfigSource.BROKER_DEFAULT):
        left = [
            configs[key]
            for key in (*BETWEEN_BROKERS, BETWEEN_DIRECTORIES)
            if key in configs and configs[key].source is source and configs[key].value
        ]
        left = [entry for entry in left if not _is_needed(facts, broker, entry)]
        if left and (source is ConfigSource.BROKER or reports_default):
            yield _found(broker, left)


def _found(broker: Broker, left: list[ConfigEntry]) -> FoundState:
    for_all = left[0].source is ConfigSource.BROKER_DEFAULT
    entity = "default" if for_all else broker.id
    return FoundState(
        object=on_cluster() if for_all else on_broker(broker.id),
        summary=f"replication is throttled to {few(sorted({_rate(e) for e in left}))} "
        "although no replicas move",
        evidence=(
            *(config_evidence(f"broker {broker.id}", entry) for entry in left),
            Evidence("ListPartitionReassignments", "running reassignments", "none that needs it"),
        ),
        remedy=Remedy(
            "remove the throttle",
            steward("broker alter", entity, unset=[e.name for e in left]),
        ),
    )


def _rate(entry: ConfigEntry) -> str:
    return rate(float(entry.value or 0))


def _is_needed(facts: Facts, broker: Broker, entry: ConfigEntry) -> bool:
    """Return whether running moves need this throttle."""
    if entry.name == BETWEEN_DIRECTORIES:
        return _moves_inside(facts, broker)
    return bool(facts.reassignments)


def _moves_inside(facts: Facts, broker: Broker) -> bool:
    """Return whether replicas move between the broker's directories."""
    return any(log.is_future for d in facts.log_dirs_of(broker.id) for log in d.replicas)
