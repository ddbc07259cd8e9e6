"""Topics of scenarios: recreated by each run, so that every run starts alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from steward.sandbox.scenarios.clients import REQUEST_S, admin, admin_types
from steward.sandbox.scenarios.run import ScenarioRun

_DAY_MS = 24 * 3_600_000
_MIB = 1 << 20
RETENTION: Mapping[str, str] = MappingProxyType(
    {"retention.ms": str(_DAY_MS), "retention.bytes": str(256 * _MIB)}
)
"""Limits by time and by size, both set on the topic itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTopic:
    """A topic; its defaults have no findings."""

    name: str
    partitions: int = 3
    replication_factor: int = 3
    min_isr: int = 2
    configs: Mapping[str, str] = field(default_factory=lambda: RETENTION)
    replicas: tuple[int, ...] = ()
    """Brokers of every partition, where the scenario chooses them."""


def create(run: ScenarioRun, *specs: ScenarioTopic) -> None:
    """Create topics and wait until each partition has a leader; those of an earlier run are deleted first.

    A sandbox with fewer brokers than requested replicas gets as many as possible.
    """
    client = admin(run.sandbox)
    _delete(run, client, [spec.name for spec in specs])
    brokers = len(run.sandbox.brokers)
    new = [_new_topic(spec, brokers) for spec in specs]
    for future in client.create_topics(new, request_timeout=REQUEST_S).values():
        future.result(timeout=REQUEST_S)
    names = {spec.name: spec.partitions for spec in specs}
    run.until(lambda: _led(client, names), f"topics {', '.join(sorted(names))} have leaders")


def delete_prefixed(run: ScenarioRun, prefix: str) -> None:
    """Delete topics by name prefix."""
    client = admin(run.sandbox)
    names = [
        name for name in client.list_topics(timeout=REQUEST_S).topics if name.startswith(prefix)
    ]
    _delete(run, client, names)


def leaders(client: Any, topic: str) -> dict[int, int]:
    """Return the leader of each partition; -1 where there is none."""
    found = client.list_topics(topic, timeout=REQUEST_S).topics[topic]
    return {partition.id: partition.leader for partition in found.partitions.values()}


def in_sync(client: Any, topic: str) -> dict[int, frozenset[int]]:
    """Return the in-sync replicas of each partition."""
    found = client.list_topics(topic, timeout=REQUEST_S).topics[topic]
    return {partition.id: frozenset(partition.isrs) for partition in found.partitions.values()}


def _delete(run: ScenarioRun, client: Any, names: Iterable[str]) -> None:
    existing = client.list_topics(timeout=REQUEST_S).topics
    doomed = [name for name in names if name in existing]
    if not doomed:
        return
    for future in client.delete_topics(doomed, request_timeout=REQUEST_S).values():
        future.result(timeout=REQUEST_S)
    run.until(
        lambda: not set(doomed) & set(client.list_topics(timeout=REQUEST_S).topics),
        "the topics of the last run are deleted",
    )


def _new_topic(spec: ScenarioTopic, brokers: int) -> Any:
    new_topic = admin_types().NewTopic
    factor = len(spec.replicas) or min(spec.replication_factor, brokers)
    configs = {**spec.configs, "min.insync.replicas": str(min(spec.min_isr, factor))}
    if spec.replicas:
        assignment = [list(spec.replicas)] * spec.partitions
        return new_topic(spec.name, spec.partitions, replica_assignment=assignment, config=configs)
    return new_topic(spec.name, spec.partitions, factor, config=configs)


def _led(client: Any, wanted: Mapping[str, int]) -> bool:
    topics = client.list_topics(timeout=REQUEST_S).topics
    for name, partitions in wanted.items():
        found = topics.get(name)
        if found is None or found.error is not None or len(found.partitions) < partitions:
            return False
        if any(partition.leader < 0 for partition in found.partitions.values()):
            return False
    return True
