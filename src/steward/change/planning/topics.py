"""Changes of topics: create, add partitions, delete by id."""

import re
from collections.abc import Iterable
from dataclasses import replace

from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.change.planning.config_effects import above_factor, extreme_of
from steward.change.planning.config_keys import MIN_ISR
from steward.change.planning.config_values import spelled, spelled_all, wrong_values
from steward.change.planning.kind import CREATE, GROW, REMOVE, Hazard, Kind
from steward.change.planning.quantities import records_text
from steward.model.change import Change, ConfigTarget, CreatePartitions, CreateTopic, DeleteTopic
from steward.model.command import Command, kafka
from steward.model.config import ConfigEntry, ConfigSource
from steward.model.finding import ObjectRef
from steward.model.names import TopicPartition
from steward.model.plan import Risk, State
from steward.model.snapshot import Part
from steward.model.topic import Partition, Topic
from steward.model.unknown import NotApplicable
from steward.model.wording import count, few
from steward.model.wording import size as size_text

_NAME = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_NO_ELR = NotApplicable("not simulated")
MAX_RECORDS = 10_000
"""Bound of records that one request may make the controller write (QuorumController.MAX_RECORDS_PER_USER_OP)."""


class CreateTopicHandler(Kind[CreateTopic]):
    """Create a topic."""

    def object(self, change: CreateTopic) -> ObjectRef:
        """Return the topic's name."""
        return ObjectRef("topic", change.name)

    def parts(self, change: CreateTopic) -> frozenset[Part]:
        """Topics and their configurations."""
        return frozenset({Part.TOPICS, Part.TOPIC_CONFIGS})

    def topics(self, change: CreateTopic) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.name})

    def spelled(self, change: CreateTopic) -> CreateTopic:
        """Return the change with configuration spelled as brokers report it."""
        return replace(change, configs=spelled_all(ConfigTarget.TOPIC, change.configs))

    def state(self, change: CreateTopic, cluster: ClusterState) -> State:
        """Return partitions, replication factor, id and the requested configuration values; empty if missing."""
        topic = cluster.topics.get(change.name)
        if topic is None:
            return {}
        state: dict[str, str | None] = {
            "partitions": str(len(topic.partitions)),
            "replication_factor": str(topic.replication_factor),
        }
        if topic.id:
            state["topic_id"] = topic.id
        entries = cluster.configs(ConfigTarget.TOPIC, change.name)
        for key in sorted(change.configs):
            entry = entries.get(key)
            is_own = entry is not None and entry.source is ConfigSource.TOPIC
            own = entry.value if entry is not None and is_own else None
            state[key] = spelled(ConfigTarget.TOPIC, key, own, entry)
        return state

    def apply(self, change: CreateTopic, cluster: ClusterState) -> None:
        """Place it over the live brokers in turn; the id stays unknown."""
        assignment = change.assignment or _spread(
            cluster, change.partitions, change.replication_factor
        )
        partitions = tuple(
            _partition(change.name, number, replicas) for number, replicas in enumerate(assignment)
        )
        cluster.add_topic(Topic(name=change.name, id="", is_internal=False, partitions=partitions))
        if cluster.knows(Part.TOPIC_CONFIGS):
            entries = {k: ConfigEntry(k, v, ConfigSource.TOPIC) for k, v in change.configs.items()}
            cluster.set_configs(ConfigTarget.TOPIC, change.name, entries)

    def inverse(self, change: CreateTopic, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Delete it; the id observed after creation is filled in."""
        return (DeleteTopic(name=change.name, topic_id=""),)

    def risk(self, change: CreateTopic, cluster: ClusterState) -> Risk:
        """Always safe."""
        return Risk.SAFE

    def hazard(self, change: CreateTopic, cluster: ClusterState) -> Hazard | None:
        """Return the dangers for its records."""
        effects = self.effects(change, cluster)
        return Hazard("weak_topic", "; ".join(effects)) if effects else None

    def effects(self, change: CreateTopic, cluster: ClusterState) -> tuple[str, ...]:
        """Describe the effect of a single replica, or of a harmful value."""
        texts = [extreme_of(key, value) for key, value in sorted(change.configs.items())]
        copies = min((len(ids) for ids in change.assignment), default=change.replication_factor)
        if copies == 1:
            texts.insert(0, "one replica per partition: losing one broker loses its records")
        texts += above_factor(change.configs.get(MIN_ISR), copies)
        return tuple(text for text in texts if text)

    def phase(self, change: CreateTopic, cluster: ClusterState) -> int:
        """Return the first phase: other changes may refer to it."""
        return CREATE

    def fulfilled(self, change: CreateTopic, cluster: ClusterState) -> bool:
        """Return whether it exists as requested."""
        wished = {
            "partitions": str(change.partitions),
            "replication_factor": str(change.replication_factor),
            **spelled_all(ConfigTarget.TOPIC, change.configs),
        }
        found = self.state(change, cluster)
        return all(found.get(key) == value for key, value in wished.items())

    def impossible(self, change: CreateTopic, cluster: ClusterState) -> str:
        """Check name, numbers, and conflicts with other topics."""
        wrong = _wrong_name(change.name)
        if wrong:
            return wrong
        if change.name in cluster.topics:
            return "a topic of this name exists already, with other settings"
        near = cluster.colliding(change.name)
        if near is not None:
            return (
                f"its name collides with topic {near}: metric names do not distinguish '.' and '_'"
            )
        wrong = wrong_values(ConfigTarget.TOPIC, change.configs, {}, cluster)
        return "; ".join(str(one) for one in wrong) or _wrong_numbers(change, cluster)

    def command(self, change: CreateTopic) -> Command:
        """Return kafka-topics --create."""
        placed = _assignment(change.assignment)
        return kafka(
            "topics",
            "--create",
            topic=change.name,
            replica_assignment=placed,
            partitions=None if placed else change.partitions,
            replication_factor=None if placed else change.replication_factor,
            config=[f"{k}={v}" for k, v in sorted(change.configs.items())],
        )


def _wrong_name(name: str) -> str:
    if name in (".", "..") or not _NAME.fullmatch(name):
        return "a topic name has 1 to 249 letters, digits, '.', '_' or '-', and is not '.' or '..'"
    return ""


def _wrong_numbers(change: CreateTopic, cluster: ClusterState) -> str:
    if change.partitions < 1 or change.replication_factor < 1:
        return "partitions and replication factor must be at least 1"
    if change.partitions + len(change.configs) >= MAX_RECORDS:
        return f"the controller accepts fewer than {MAX_RECORDS:,} records in a request"
    if change.assignment:
        return _wrong_assignment(change)
    brokers = len(cluster.live_brokers)
    if change.replication_factor > brokers:
        return f"replication factor {change.replication_factor} exceeds the {brokers} live brokers"
    return ""


def _wrong_assignment(change: CreateTopic) -> str:
    if len(change.assignment) != change.partitions:
        return "the assignment has a different number of partitions"
    for ids in change.assignment:
        if len(ids) != change.replication_factor or len(set(ids)) != len(ids):
            return f"an assignment of {ids} does not name {change.replication_factor} different brokers"
    return ""


class CreatePartitionsHandler(Kind[CreatePartitions]):
    """Add partitions to a topic."""

    def object(self, change: CreatePartitions) -> ObjectRef:
        """Return the topic's name."""
        return ObjectRef("topic", change.topic)

    def parts(self, change: CreatePartitions) -> frozenset[Part]:
        """Topics."""
        return frozenset({Part.TOPICS})

    def topics(self, change: CreatePartitions) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.topic})

    def state(self, change: CreatePartitions, cluster: ClusterState) -> State:
        """Return the number of partitions, and the topic's id."""
        topic = cluster.topics.get(change.topic)
        return {} if topic is None else topic_state(topic)

    def apply(self, change: CreatePartitions, cluster: ClusterState) -> None:
        """Add partitions over the live brokers in turn."""
        topic = cluster.topics[change.topic]
        count = change.partitions - len(topic.partitions)
        placed = change.assignment or _spread(cluster, count, max(topic.replication_factor, 1))
        added = tuple(
            _partition(topic.name, number, replicas)
            for number, replicas in enumerate(placed, start=len(topic.partitions))
        )
        cluster.topics[topic.name] = Topic(
            name=topic.name,
            id=topic.id,
            is_internal=topic.is_internal,
            partitions=topic.partitions + added,
        )

    def inverse(self, change: CreatePartitions, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Return that there is no undo."""
        return "Kafka cannot lower a topic's number of partitions"

    def risk(self, change: CreatePartitions, cluster: ClusterState) -> Risk:
        """Always disruptive: keys map to other partitions."""
        return Risk.DISRUPTIVE

    def hazard(self, change: CreatePartitions, cluster: ClusterState) -> Hazard | None:
        """Describe the effect on keys."""
        return Hazard("partition_count_changes", "; ".join(self.effects(change, cluster)))

    def phase(self, change: CreatePartitions, cluster: ClusterState) -> int:
        """Return an early phase."""
        return GROW

    def impossible(self, change: CreatePartitions, cluster: ClusterState) -> str:
        """Refuse a decrease: steward never deletes and recreates a topic for it."""
        topic = cluster.topics.get(change.topic)
        if topic is None:
            return "the topic does not exist"
        now = len(topic.partitions)
        if change.partitions < now:
            return (
                f"Kafka cannot lower a topic's number of partitions ({now} now, {change.partitions} wanted); "
                "steward never deletes and recreates a topic for it"
            )
        if change.partitions - now >= MAX_RECORDS:
            return f"the controller accepts fewer than {MAX_RECORDS:,} records in a request"
        if change.assignment and len(change.assignment) != change.partitions - now:
            return "the assignment has a different number of new partitions"
        return ""

    def effects(self, change: CreatePartitions, cluster: ClusterState) -> tuple[str, ...]:
        """Describe the effect on keys."""
        texts = [
            "most keys map to other partitions from now on: per-key ordering breaks at the change"
        ]
        if "compact" in _effective(cluster, change.topic, "cleanup.policy"):
            texts.append("the topic is compacted: old values of remapped keys are never removed")
        return tuple(texts)

    def command(self, change: CreatePartitions) -> Command:
        """Return kafka-topics --alter."""
        return kafka(
            "topics",
            "--alter",
            topic=change.topic,
            partitions=change.partitions,
            replica_assignment=_assignment(change.assignment),
        )


class DeleteTopicHandler(Kind[DeleteTopic]):
    """Delete a topic with all its records."""

    def object(self, change: DeleteTopic) -> ObjectRef:
        """Return the topic's name."""
        return ObjectRef("topic", change.name)

    def parts(self, change: DeleteTopic) -> frozenset[Part]:
        """Topics; offsets where a backup must hold every record."""
        return frozenset({Part.TOPICS, *([Part.OFFSETS] if change.backup else [])})

    def topics(self, change: DeleteTopic) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.name})

    def state(self, change: DeleteTopic, cluster: ClusterState) -> State:
        """Return its id and number of partitions; a later topic of the same name has another id.

        Where a backup must hold every record, the end offsets belong to its state: a new record makes the step stale.
        """
        topic = cluster.topics.get(change.name)
        if topic is None:
            return {}
        if change.backup is None:
            return topic_state(topic)
        ends = [cluster.offsets(p.key) for p in topic.partitions]
        return {
            **topic_state(topic),
            "end_offsets": ",".join("unknown" if o is None else str(o.end) for o in ends),
        }

    def apply(self, change: DeleteTopic, cluster: ClusterState) -> None:
        """Remove it with its configuration."""
        del cluster.topics[change.name]
        cluster.remove_configs(ConfigTarget.TOPIC, change.name)

    def inverse(self, change: DeleteTopic, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Return that there is no undo."""
        return "its records cannot be restored; the topic can be created again, empty"

    def risk(self, change: DeleteTopic, cluster: ClusterState) -> Risk:
        """Always destructive: data is lost."""
        return Risk.DESTRUCTIVE

    def hazard(self, change: DeleteTopic, cluster: ClusterState) -> Hazard | None:
        """Return none: the risk already covers lost data."""
        return None

    def phase(self, change: DeleteTopic, cluster: ClusterState) -> int:
        """Return the last phase."""
        return REMOVE

    def fulfilled(self, change: DeleteTopic, cluster: ClusterState) -> bool:
        """Return whether it is deleted."""
        return change.name not in cluster.topics

    def impossible(self, change: DeleteTopic, cluster: ClusterState) -> str:
        """Protect internal topics, and a later topic of the same name."""
        topic = cluster.topics.get(change.name)
        if topic is None:
            return ""
        if topic.is_internal:
            return "it is one of Kafka's own topics"
        if change.topic_id and topic.id != change.topic_id:
            return f"the topic was recreated: its id is {topic.id}, not {change.topic_id}"
        return ""

    def effects(self, change: DeleteTopic, cluster: ClusterState) -> tuple[str, ...]:
        """Describe what is lost, and who used it."""
        texts = [f"deletes {_volume(change.name, cluster)} for good"]
        groups = _groups_of(change.name, cluster)
        if groups:
            texts.append(f"groups with offsets on it: {few(groups, 5)}")
        if cluster.knows(Part.ACLS):
            left = len(cluster.acls_on("TOPIC", change.name))
            if left:
                texts.append(
                    f"{count(left, 'ACL')} on this name; those that remain apply to a later topic of the name"
                )
        return tuple(texts)

    def command(self, change: DeleteTopic) -> Command:
        """Return kafka-topics --delete, which works by name: it deletes a later topic of the same name, too."""
        return kafka("topics", "--delete", topic=change.name)


def _assignment(replicas: Iterable[Iterable[int]]) -> str | None:
    """Format replicas for kafka-topics, ``1:2,2:3``; None if Kafka chooses."""
    return ",".join(":".join(map(str, ids)) for ids in replicas) or None


def topic_state(topic: Topic) -> State:
    """Return what identifies a topic: its id and its number of partitions."""
    state: dict[str, str | None] = {"partitions": str(len(topic.partitions))}
    if topic.id:
        state["topic_id"] = topic.id
    return state


def _volume(topic: str, cluster: ClusterState) -> str:
    size = cluster.bytes_of(topic)
    text = "an unknown number of bytes" if size is None else f"{size_text(size)} on disk"
    if not cluster.knows(Part.OFFSETS):
        return text
    try:
        found = [cluster.offsets(p.key) for p in cluster.topics[topic].partitions]
    except Unseen:
        return text
    records = sum(o.end - o.start for o in found if o is not None)
    return f"{text}, about {records_text(records)}"


def _groups_of(topic: str, cluster: ClusterState) -> list[str]:
    if not (cluster.knows(Part.GROUP_OFFSETS) and cluster.knows(Part.GROUPS)):
        return []
    found: list[str] = []
    for group in cluster.groups:
        try:
            if any(p.topic == topic for p in cluster.committed(group)):
                found.append(group)
        except Unseen:
            continue
    return sorted(found)


def _effective(cluster: ClusterState, topic: str, key: str) -> str:
    if not cluster.knows(Part.TOPIC_CONFIGS):
        return ""
    try:
        entry = cluster.configs(ConfigTarget.TOPIC, topic).get(key)
    except Unseen:
        return ""
    return (entry.value or "") if entry else ""


def _spread(cluster: ClusterState, count: int, factor: int) -> tuple[tuple[int, ...], ...]:
    brokers = cluster.live_brokers if cluster.knows(Part.BROKERS) else ()
    brokers = brokers if len(brokers) >= factor else tuple(range(1, factor + 1))
    size = len(brokers)
    return tuple(
        tuple(brokers[(number + place) % size] for place in range(factor))
        for number in range(count)
    )


def _partition(topic: str, number: int, replicas: tuple[int, ...]) -> Partition:
    key = TopicPartition(topic, number)
    return Partition(
        topic=key.topic,
        partition=key.partition,
        leader=replicas[0],
        leader_epoch=0,
        replicas=replicas,
        isr=replicas,
        offline_replicas=(),
        elr=_NO_ELR,
        last_known_elr=_NO_ELR,
    )
