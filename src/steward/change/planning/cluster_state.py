"""A simulated cluster: an indexed copy of a snapshot that changes can be applied to."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

from steward.model.acl import AclBinding
from steward.model.broker import Broker, ReplicaLog
from steward.model.change import ConfigTarget
from steward.model.config import ConfigEntry, ConfigSource
from steward.model.group import Group, GroupOffsets
from steward.model.names import TopicPartition
from steward.model.quorum import ClusterIdentity
from steward.model.quota import QuotaEntry
from steward.model.quota_resolution import Entity
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import Partition, PartitionOffsets, Reassignment, Topic
from steward.model.transaction import ProducerState
from steward.model.unknown import NotApplicable, Observed, Unknown, Why, known_or
from steward.model.user import ScramUser

T = TypeVar("T")

OWN_SOURCE: Mapping[ConfigTarget, ConfigSource] = {
    ConfigTarget.TOPIC: ConfigSource.TOPIC,
    ConfigTarget.BROKER: ConfigSource.BROKER,
    ConfigTarget.BROKER_LOGGER: ConfigSource.LOGGER,
    ConfigTarget.GROUP: ConfigSource.GROUP,
    ConfigTarget.CLIENT_METRICS: ConfigSource.CLIENT_METRICS,
}
"""Source of a value that is set on the resource itself."""

CONFIG_PARTS: Mapping[ConfigTarget, Part] = {
    ConfigTarget.TOPIC: Part.TOPIC_CONFIGS,
    ConfigTarget.BROKER: Part.BROKER_CONFIGS,
    ConfigTarget.BROKER_LOGGER: Part.BROKER_LOGGERS,
    ConfigTarget.GROUP: Part.GROUP_CONFIGS,
    ConfigTarget.CLIENT_METRICS: Part.CLIENT_METRICS,
}
"""The snapshot part that has each target's configurations."""


class Unseen(Exception):
    """A change relies on a fact that is unknown; used only within planning, where it becomes a value."""

    def __init__(self, part: str, why: Unknown | NotApplicable) -> None:
        super().__init__(f"{part.replace('_', ' ')}: {why}")


class ClusterState:
    """A snapshot as mappings by name, which a simulation alters.

    Errors: Unseen, when a part or an object's facts are unknown.
    """

    def __init__(self, snapshot: ClusterSnapshot) -> None:
        self._snapshot = snapshot

    def _part(self, part: Part) -> Any:
        found = self._snapshot.part(part)
        if isinstance(found, Observed):
            return found.value
        raise Unseen(part.value, found)

    @cached_property
    def identity(self) -> ClusterIdentity:
        """The cluster's identity."""
        return self._part(Part.IDENTITY)

    @cached_property
    def live_brokers(self) -> tuple[int, ...]:
        """Brokers that can have replicas: registered and not fenced."""
        return tuple(b.id for b in self._part(Part.BROKERS) if b.fenced is not True)

    @property
    def known_brokers(self) -> frozenset[int]:
        """Registered brokers, fenced ones included."""
        return frozenset(self.brokers)

    @cached_property
    def brokers(self) -> dict[int, Broker]:
        """Every registered broker by id; fenced ones only where the Kafka version reports them."""
        return {b.id: b for b in self._part(Part.BROKERS)}

    @cached_property
    def topics(self) -> dict[str, Topic]:
        """Topics by name."""
        return {t.name: t for t in self._part(Part.TOPICS)}

    @cached_property
    def _metric_names(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name in self.topics:
            found.setdefault(metric_name(name), set()).add(name)
        return found

    def add_topic(self, topic: Topic) -> None:
        """Add a topic."""
        self.topics[topic.name] = topic
        if "_metric_names" in self.__dict__:
            self._metric_names.setdefault(metric_name(topic.name), set()).add(topic.name)

    def colliding(self, name: str) -> str | None:
        """Return another topic with the same name in metrics, None if there is none."""
        near = self._metric_names.get(metric_name(name), set())
        return min((n for n in near if n != name and n in self.topics), default=None)

    def partition(self, key: TopicPartition) -> Partition | None:
        """Return a partition, None if it does not exist."""
        found = self._place(key)
        return None if found is None else self.topics[key.topic].partitions[found]

    def existing_partition(self, key: TopicPartition) -> Partition:
        """Return a partition that is known to exist."""
        found = self.partition(key)
        if found is None:
            raise KeyError(key)
        return found

    def put_partition(self, partition: Partition) -> None:
        """Replace a partition."""
        topic = self.topics[partition.topic]
        place = self._place(partition.key)
        if place is not None:
            rest = topic.partitions
            placed = (*rest[:place], partition, *rest[place + 1 :])
            self.topics[topic.name] = replace(topic, partitions=placed)

    def _place(self, key: TopicPartition) -> int | None:
        """Return a partition's index in its topic, which is its number unless one is missing."""
        topic = self.topics.get(key.topic)
        partitions = topic.partitions if topic is not None else ()
        number = key.partition
        if number < len(partitions) and partitions[number].partition == number:
            return number
        return next((i for i, p in enumerate(partitions) if p.partition == number), None)

    @cached_property
    def reassignments(self) -> dict[TopicPartition, Reassignment]:
        """Ongoing reassignments by partition."""
        return {r.partition: r for r in self._part(Part.REASSIGNMENTS)}

    @cached_property
    def acls(self) -> dict[AclBinding, None]:
        """Bindings, as an ordered set."""
        return dict.fromkeys(self._part(Part.ACLS))

    @cached_property
    def _acls_by_resource(self) -> dict[tuple[str, str], dict[AclBinding, None]]:
        found: dict[tuple[str, str], dict[AclBinding, None]] = {}
        for acl in self.acls:
            found.setdefault((acl.resource_type, acl.resource_name), {})[acl] = None
        return found

    def acls_on(self, resource_type: str, name: str) -> Collection[AclBinding]:
        """Return the bindings that name a resource, whatever their pattern."""
        return self._acls_by_resource.get((resource_type, name), {})

    def add_acl(self, acl: AclBinding) -> None:
        """Add a binding."""
        self.acls[acl] = None
        if "_acls_by_resource" in self.__dict__:
            key = (acl.resource_type, acl.resource_name)
            self._acls_by_resource.setdefault(key, {})[acl] = None

    def remove_acl(self, acl: AclBinding) -> None:
        """Remove a binding."""
        self.acls.pop(acl, None)
        if "_acls_by_resource" in self.__dict__:
            self._acls_by_resource.get((acl.resource_type, acl.resource_name), {}).pop(acl, None)

    @cached_property
    def quotas(self) -> dict[Entity, Mapping[str, float]]:
        """Quotas by entity."""
        return {q.entity: q.limits for q in self._part(Part.QUOTAS)}

    @cached_property
    def users(self) -> dict[str, ScramUser]:
        """SCRAM users by name."""
        return {u.name: u for u in self._part(Part.USERS)}

    @cached_property
    def groups(self) -> dict[str, Group]:
        """Groups by id."""
        return {g.id: g for g in self._part(Part.GROUPS)}

    @cached_property
    def _group_offsets(self) -> dict[str, GroupOffsets | Unknown]:
        return dict(self._part(Part.GROUP_OFFSETS))

    def committed(self, group: str) -> Mapping[TopicPartition, int]:
        """Return a group's committed offsets, empty if the group does not exist."""
        found = self._group_offsets.get(group)
        if isinstance(found, Unknown):
            raise Unseen(f"offsets of group {group}", found)
        return found.committed if found else {}

    def commit(self, group: str, committed: Mapping[TopicPartition, int]) -> None:
        """Set a group's committed offsets."""
        self._group_offsets[group] = GroupOffsets(group, committed)

    def remove_group(self, group: str) -> None:
        """Remove a group with its offsets."""
        self.groups.pop(group, None)
        self._group_offsets.pop(group, None)

    @cached_property
    def _offsets(self) -> dict[TopicPartition, PartitionOffsets | Unknown]:
        return dict(self._part(Part.OFFSETS))

    def offsets(self, partition: TopicPartition) -> PartitionOffsets | None:
        """Return a partition's offsets, None if it does not exist."""
        found = self._offsets.get(partition)
        if isinstance(found, Unknown):
            raise Unseen(f"offsets of {partition}", found)
        return found

    def set_offsets(self, partition: TopicPartition, offsets: PartitionOffsets) -> None:
        """Set a partition's offsets."""
        self._offsets[partition] = offsets

    @cached_property
    def _producers(self) -> dict[TopicPartition, tuple[ProducerState, ...] | Unknown]:
        return dict(self._part(Part.PRODUCERS))

    def producers(self, partition: TopicPartition) -> tuple[ProducerState, ...]:
        """Return the producers known to a partition's leader."""
        found = self._producers.get(partition, ())
        if isinstance(found, Unknown):
            raise Unseen(f"producers of {partition}", found)
        return found

    def set_producers(
        self, partition: TopicPartition, producers: tuple[ProducerState, ...]
    ) -> None:
        """Set a partition's producers."""
        self._producers[partition] = producers

    @cached_property
    def features(self) -> dict[str, int]:
        """Finalized levels by feature; 0 if disabled."""
        return {f.name: f.finalized for f in self.identity.features}

    # Configurations

    @cached_property
    def _configs(self) -> dict[ConfigTarget, dict[Any, Mapping[str, ConfigEntry] | Unknown]]:
        return {}

    def _of_target(self, target: ConfigTarget) -> dict[Any, Mapping[str, ConfigEntry] | Unknown]:
        if target not in self._configs:
            self._configs[target] = dict(self._part(CONFIG_PARTS[target]))
        return self._configs[target]

    def configs(self, target: ConfigTarget, name: str) -> Mapping[str, ConfigEntry]:
        """Return the effective entries of a resource, empty if it has none.

        Errors: Unseen.
        """
        found = self._of_target(target).get(_key(target, name))
        if isinstance(found, Unknown):
            raise Unseen(f"configuration of {target.value} {name}", found)
        if found is None and target is ConfigTarget.TOPIC and name in self.topics:
            raise Unseen(f"configuration of topic {name}", Unknown(Why.TRUNCATED, "not read"))
        return found or {}

    def set_configs(
        self, target: ConfigTarget, name: str, entries: Mapping[str, ConfigEntry]
    ) -> None:
        """Set the effective entries of a resource."""
        self._of_target(target)[_key(target, name)] = entries

    def remove_configs(self, target: ConfigTarget, name: str) -> None:
        """Remove a resource's entries."""
        if isinstance(self._snapshot.part(CONFIG_PARTS[target]), Observed):
            self._of_target(target).pop(_key(target, name), None)

    # Facts for the text of effects; no decision depends on them

    def _logs(self) -> Iterator[ReplicaLog]:
        for dirs in self._part(Part.LOG_DIRS).values():
            for log_dir in known_or(dirs, ()):
                yield from log_dir.replicas

    @cached_property
    def _replica_bytes(self) -> dict[str, list[int]]:
        sizes: dict[str, list[int]] = {}
        for log in self._logs():
            sizes.setdefault(log.partition.topic, []).append(log.size_bytes)
        return sizes

    @cached_property
    def _partition_bytes(self) -> dict[TopicPartition, int]:
        sizes: dict[TopicPartition, int] = {}
        for log in self._logs():
            if not log.is_future:
                sizes[log.partition] = max(log.size_bytes, sizes.get(log.partition, 0))
        return sizes

    def replica_bytes_of(self, topic: str) -> tuple[int, ...] | None:
        """Return the bytes on disk of each replica of a topic, in no order; None if unknown."""
        try:
            found = self._replica_bytes.get(topic)
        except Unseen:
            return None
        return None if found is None else tuple(found)

    def bytes_of(self, topic: str) -> int | None:
        """Return the bytes on disk of a topic's replicas, None if unknown."""
        found = self.replica_bytes_of(topic)
        return None if found is None else sum(found)

    def bytes_of_partition(self, partition: TopicPartition) -> int | None:
        """Return the size in bytes of a partition's largest replica; None if unknown."""
        try:
            return self._partition_bytes.get(partition)
        except Unseen:
            return None

    def require_all(self, part: Part) -> None:
        """Raise Unseen if a part may be incomplete, for example without topics that steward may not describe."""
        found = self._snapshot.part(part)
        if isinstance(found, Observed) and found.gaps:
            raise Unseen(part.value, found.gaps[0])

    def knows(self, part: Part) -> bool:
        """Return whether a part was read."""
        return isinstance(self._snapshot.part(part), Observed)

    # Conversion to a snapshot

    def to_snapshot(self) -> ClusterSnapshot:
        """Return the snapshot with all alterations."""
        made: dict[str, Any] = {}
        for attribute, part, value in self._altered():
            if attribute in self.__dict__:
                old: Any = self._snapshot.part(part)
                made[part.value] = Observed(value(), old.at_ms, old.gaps)
        for target, entries in self._configs.items():
            part = CONFIG_PARTS[target]
            old = self._snapshot.part(part)
            made[part.value] = Observed(dict(sorted(entries.items())), old.at_ms, old.gaps)
        if "features" in self.__dict__:
            old = self._snapshot.part(Part.IDENTITY)
            features = tuple(
                replace(f, finalized=self.features[f.name]) for f in self.identity.features
            )
            made["identity"] = Observed(
                replace(self.identity, features=features), old.at_ms, old.gaps
            )
        return replace(self._snapshot, **made)

    def _altered(self) -> Any:
        yield "brokers", Part.BROKERS, lambda: tuple(b for _, b in sorted(self.brokers.items()))
        yield "topics", Part.TOPICS, lambda: tuple(t for _, t in sorted(self.topics.items()))
        yield (
            "reassignments",
            Part.REASSIGNMENTS,
            lambda: tuple(r for _, r in sorted(self.reassignments.items())),
        )
        yield "acls", Part.ACLS, lambda: tuple(sorted(self.acls))
        yield (
            "quotas",
            Part.QUOTAS,
            lambda: tuple(
                QuotaEntry(entity, limits)
                for entity, limits in sorted(self.quotas.items(), key=lambda q: entity_order(q[0]))
            ),
        )
        yield "users", Part.USERS, lambda: tuple(u for _, u in sorted(self.users.items()))
        yield "groups", Part.GROUPS, lambda: tuple(g for _, g in sorted(self.groups.items()))
        yield (
            "_group_offsets",
            Part.GROUP_OFFSETS,
            lambda: dict(sorted(self._group_offsets.items())),
        )
        yield "_offsets", Part.OFFSETS, lambda: dict(sorted(self._offsets.items()))
        yield "_producers", Part.PRODUCERS, lambda: dict(sorted(self._producers.items()))


def metric_name(topic: str) -> str:
    """Return a topic's name as metrics write it (Topic.unifyCollisionChars)."""
    return topic.replace(".", "_")


def entity_order(entity: Entity) -> list[tuple[str, str]]:
    """Return the sort key of quota entities."""
    return [(kind, name or "") for kind, name in entity]


def _key(target: ConfigTarget, name: str) -> Any:
    is_broker = target in (ConfigTarget.BROKER, ConfigTarget.BROKER_LOGGER)
    return int(name) if is_broker and name.isdigit() else name
