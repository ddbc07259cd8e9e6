"""A large cluster that exists on paper only, mostly healthy, with a little of every trouble."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steward.analysis.checks.facts import known
from steward.model.acl import AclBinding
from steward.model.batch import BatchHeader, BatchSample
from steward.model.broker import Broker, BrokerMetrics, LogDir, MetricSample, ReplicaLog
from steward.model.config import ConfigEntry, ConfigSource, ConfigSynonym
from steward.model.group import Group, GroupDetail, GroupOffsets, GroupType, Member
from steward.model.names import TopicPartition
from steward.model.quorum import ClusterIdentity, Feature, Quorum, QuorumReplica
from steward.model.quota import QuotaEntry
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Partition, PartitionOffsets, Reassignment, Topic
from steward.model.transaction import ProducerState, Transaction
from steward.model.unknown import NotApplicable, Observed, Unknown
from steward.model.user import ScramCredential, ScramUser

NOW_MS = 1_750_000_000_000
SHAPE = json.loads((Path(__file__).parent / "cluster_shape.json").read_text())
CLASSIC = NotApplicable("classic protocol")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the cluster is."""

    brokers: int = 1_000
    topics: int = 20_000
    partitions_per_topic: int = 10
    groups: int = 5_000
    members_per_group: int = 4
    partitions_per_group: int = 40
    acls: int = 10_000
    quotas: int = 1_000
    users: int = 1_000
    transactions: int = 2_000
    sampled_partitions: int = 1_000
    batches_per_sample: int = 20
    reassignments: int = 200


def looks_of(size: Size, earlier: int = 2, seconds_apart: int = 3) -> tuple[ClusterSnapshot, ...]:
    """Build several looks at one cluster, oldest first; the earlier ones hold only what moves."""
    last = _Cluster(size).snapshot()
    return (*(_before(last, (earlier - n) * seconds_apart) for n in range(earlier)), last)


def _before(last: ClusterSnapshot, seconds: int) -> ClusterSnapshot:
    at_ms = NOW_MS - seconds * 1000

    moved = seconds * 10
    offsets = {
        tp: PartitionOffsets(o.start, o.end - moved, o.last_stable - moved)
        for tp, o in known(last.offsets).value.items()
        if not isinstance(o, Unknown)
    }
    committed = {
        g: GroupOffsets(g, {tp: c - moved for tp, c in found.committed.items()})
        for g, found in known(last.group_offsets).value.items()
        if not isinstance(found, Unknown)
    }
    moving = ("identity", "brokers", "topics", "groups", "producers", "transactions")
    also = ("reassignments", "quorum", "log_dirs", "metrics")
    parts: dict[str, Any] = {n: Observed(getattr(last, n).value, at_ms) for n in (*moving, *also)}
    return ClusterSnapshot(
        **parts, offsets=Observed(offsets, at_ms), group_offsets=Observed(committed, at_ms)
    )


class _Cluster:
    """Draws every part from one seeded source."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.dice = random.Random(20_250_101)
        self.broker_ids = range(1, size.brokers + 1)
        self.topics = tuple(sorted(self._topics(), key=lambda t: t.name))
        self.partitions = [p for topic in self.topics for p in topic.partitions]
        self.offsets = {p.key: self._offsets() for p in self.partitions}

    def snapshot(self) -> ClusterSnapshot:
        groups = tuple(sorted(self._groups(), key=lambda g: g.id))
        parts: dict[str, Any] = {
            "identity": self._identity(),
            "brokers": tuple(self._broker(b) for b in self.broker_ids),
            "quorum": self._quorum(),
            "topics": self.topics,
            "topic_configs": {t.name: self._topic_config() for t in self.topics},
            "broker_configs": dict(self._broker_configs()),
            "broker_loggers": dict(self._loggers()),
            "group_configs": {},
            "client_metrics": {},
            "log_dirs": self._log_dirs(),
            "reassignments": tuple(self._reassignments()),
            "offsets": self.offsets,
            "groups": groups,
            "group_offsets": {g.id: self._committed(g.id) for g in groups},
            "acls": tuple(sorted(self._acls())),
            "quotas": tuple(self._quotas()),
            "users": tuple(self._user(n) for n in range(self.size.users)),
            "transactions": tuple(self._transaction(n) for n in range(self.size.transactions)),
            "producers": {p.key: (self._producer(p),) for p in self.partitions},
            "samples": dict(self._samples()),
            "metrics": {b: self._metrics(b) for b in self.broker_ids},
        }
        observed: dict[str, Any] = {name: Observed(part, NOW_MS) for name, part in parts.items()}
        return ClusterSnapshot(**observed)

    def _identity(self) -> ClusterIdentity:
        levels = {"metadata.version": 29, "group.version": 1, "transaction.version": 2}
        return ClusterIdentity(
            cluster_id="synthetic",
            controller_id=1,
            kafka_version="4.3",
            features=tuple(
                Feature(name=n, finalized=v, supported_min=0, supported_max=v)
                for n, v in sorted(levels.items())
            ),
            operations=frozenset({"DESCRIBE", "DESCRIBE_CONFIGS"}),
        )

    def _broker(self, number: int) -> Broker:
        return Broker(
            id=number,
            host=f"broker{number}.example.test",
            port=9092,
            rack=f"r{number % 3}",
            fenced=False,
            is_controller=number == 1,
            api_versions=dict.fromkeys(range(90), (0, 10)),
        )

    def _topics(self) -> Iterator[Topic]:
        yield self._topic("__consumer_offsets", 50, is_internal=True)
        yield self._topic("__transaction_state", 50, is_internal=True)
        for number in range(self.size.topics - 10):
            yield self._topic(
                f"team{number % 500:03d}.t{number:05d}", self.size.partitions_per_topic
            )

    def _topic(self, name: str, partitions: int, *, is_internal: bool = False) -> Topic:
        start = self.dice.randrange(self.size.brokers)
        return Topic(
            name=name,
            id=f"id-{name}",
            is_internal=is_internal,
            partitions=tuple(self._partition(name, p, start + p) for p in range(partitions)),
        )

    def _partition(self, topic: str, number: int, start: int) -> Partition:
        replicas = tuple((start + r) % self.size.brokers + 1 for r in range(3))
        sick = self.dice.random() < 0.01
        return Partition(
            topic=topic,
            partition=number,
            leader=replicas[0],
            leader_epoch=3,
            replicas=replicas,
            isr=replicas[:2] if sick else replicas,
            offline_replicas=(),
            elr=(),
            last_known_elr=(),
        )

    def _topic_config(self) -> Mapping[str, ConfigEntry]:
        own: dict[str, str] = {"retention.ms": "604800000", "min.insync.replicas": "2"}
        if self.dice.random() < 0.02:
            own["min.insync.replicas"] = "1"
        if self.dice.random() < 0.1:
            own["cleanup.policy"] = "compact"
        entries = _entries(SHAPE["topic_configs"])
        for key, value in own.items():
            mine = ConfigSynonym(key, value, ConfigSource.TOPIC)
            synonyms = (mine, *entries[key].synonyms)
            entries[key] = ConfigEntry(key, value, ConfigSource.TOPIC, synonyms=synonyms)
        return entries

    def _broker_configs(self) -> Iterator[tuple[int, Mapping[str, ConfigEntry]]]:
        for broker in self.broker_ids:
            entries = _entries(SHAPE["broker_configs"])
            for key in ("node.id", "broker.id"):
                entries[key] = ConfigEntry(key, str(broker), ConfigSource.STATIC)
            yield broker, entries

    def _loggers(self) -> Iterator[tuple[int, Mapping[str, ConfigEntry]]]:
        for broker in self.broker_ids:
            yield (
                broker,
                {k: ConfigEntry(k, v, ConfigSource.LOGGER) for k, v in SHAPE["loggers"].items()},
            )

    def _quorum(self) -> Quorum:
        def replica(number: int) -> QuorumReplica:
            return QuorumReplica(
                id=number,
                directory_id=f"d{number}",
                log_end_offset=1_000_000,
                last_fetch_ms=NOW_MS,
                last_caught_up_ms=NOW_MS,
                endpoints=(f"CONTROLLER://controller{number}:9093",),
            )

        return Quorum(
            leader_id=100_001,
            leader_epoch=7,
            high_watermark=1_000_000,
            voters=tuple(replica(100_000 + n) for n in range(1, 6)),
            observers=tuple(replica(b) for b in self.broker_ids),
        )

    def _log_dirs(self) -> dict[int, tuple[LogDir, ...]]:
        replicas: dict[int, list[ReplicaLog]] = {b: [] for b in self.broker_ids}
        for partition in self.partitions:
            size_bytes = self.dice.randrange(1 << 30)
            for broker in partition.replicas:
                replicas[broker].append(ReplicaLog(partition.key, size_bytes, 0, is_future=False))
        return {
            broker: (
                LogDir(
                    broker=broker,
                    path="/var/lib/kafka/data",
                    error=None,
                    total_bytes=4 << 40,
                    usable_bytes=2 << 40,
                    replicas=tuple(logs),
                ),
            )
            for broker, logs in replicas.items()
        }

    def _reassignments(self) -> Iterator[Reassignment]:
        for partition in self.dice.sample(self.partitions, self.size.reassignments):
            yield Reassignment(partition.key, partition.replicas, partition.replicas[-1:], ())

    def _offsets(self) -> PartitionOffsets:
        end = self.dice.randrange(1_000_000, 2_000_000)
        return PartitionOffsets(end - 900_000, end, end)

    def _groups(self) -> Iterator[Group]:
        for number in range(self.size.groups):
            modern = number % 2 == 0
            empty = number % 50 == 0
            members = () if empty else tuple(self._members(number, modern=modern))
            yield Group(
                id=f"team{number % 500:03d}.g{number:04d}",
                type=GroupType.CONSUMER if modern else GroupType.CLASSIC,
                state="Empty" if empty else "Stable",
                protocol_type="consumer",
                coordinator=number % self.size.brokers + 1,
                detail=GroupDetail(
                    assignor="uniform" if modern else "cooperative-sticky",
                    epoch=5 if modern else CLASSIC,
                    assignment_epoch=5 if modern else CLASSIC,
                    members=members,
                ),
            )

    def _members(self, group: int, *, modern: bool) -> Iterator[Member]:
        read = self._read_by(group)
        share = len(read) // self.size.members_per_group
        for number in range(self.size.members_per_group):
            mine = tuple(p.key for p in read[number * share : (number + 1) * share])
            yield Member(
                id=f"m-{group}-{number}",
                instance_id=f"i-{number}",
                client_id=f"app{group}",
                host=f"/10.0.{group % 250}.{number}",
                epoch=5 if modern else CLASSIC,
                subscribed_topics=tuple(sorted({tp.topic for tp in mine})),
                assignment=mine,
                target=mine if modern else CLASSIC,
            )

    def _read_by(self, group: int) -> list[Partition]:
        start = group * self.size.partitions_per_group % (len(self.partitions) - 100)
        return self.partitions[start : start + self.size.partitions_per_group]

    def _committed(self, group_id: str) -> GroupOffsets:
        read = self._read_by(int(group_id.rpartition("g")[2]))
        behind = 100_000 if self.dice.random() < 0.02 else 20
        return GroupOffsets(group_id, {p.key: self.offsets[p.key].end - behind for p in read})

    def _acls(self) -> Iterator[AclBinding]:
        shapes = (
            ("TOPIC", "READ"),
            ("TOPIC", "WRITE"),
            ("GROUP", "READ"),
            ("TRANSACTIONAL_ID", "WRITE"),
        )
        for number in range(self.size.acls):
            kind, operation = shapes[number % len(shapes)]
            team = number // len(shapes) % self.size.users
            literal = number % 3 == 0
            name = f"team{team % 500:03d}." + (f"t{number:05d}" if literal else "")
            yield AclBinding(
                resource_type=kind,
                resource_name="*" if number % 997 == 0 else name,
                pattern_type="LITERAL" if literal or number % 997 == 0 else "PREFIXED",
                principal=f"User:u{team:04d}",
                host="*" if number % 5 else f"10.0.0.{number % 250}",
                operation=operation,
                permission="DENY" if number % 101 == 0 else "ALLOW",
            )

    def _quotas(self) -> Iterator[QuotaEntry]:
        for number in range(self.size.quotas):
            limits = {
                "producer_byte_rate": 1e7,
                "consumer_byte_rate": 2e7,
                "request_percentage": 200.0,
            }
            yield QuotaEntry((("user", f"u{number:04d}"),), limits)

    def _user(self, number: int) -> ScramUser:
        return ScramUser(f"u{number:04d}", (ScramCredential("SCRAM-SHA-512", 8192),))

    def _transaction(self, number: int) -> Transaction:
        is_open = number % 10 == 0
        return Transaction(
            transactional_id=f"tx{number:05d}",
            coordinator=number % self.size.brokers + 1,
            state="Ongoing" if is_open else "CompleteCommit",
            producer_id=number,
            producer_epoch=1,
            timeout_ms=60_000,
            start_ms=NOW_MS - 2_000 if is_open else -1,
            partitions=(self.partitions[number].key,) if is_open else (),
        )

    def _producer(self, partition: Partition) -> ProducerState:
        return ProducerState(
            partition=partition.key,
            producer_id=self.dice.randrange(1 << 20),
            producer_epoch=0,
            last_sequence=9,
            last_timestamp_ms=NOW_MS - 5_000,
            coordinator_epoch=-1,
            current_txn_start_offset=-1,
        )

    def _samples(self) -> Iterator[tuple[TopicPartition, BatchSample]]:
        for partition in self.dice.sample(self.partitions, self.size.sampled_partitions):
            count = self.size.batches_per_sample
            batches = tuple(self._batch(number) for number in range(count))
            size_bytes = sum(b.size_bytes for b in batches)
            yield (
                partition.key,
                BatchSample(
                    partition=partition.key, from_offset=0, bytes_read=size_bytes, batches=batches
                ),
            )

    def _batch(self, number: int) -> BatchHeader:
        return BatchHeader(
            base_offset=number * 100,
            size_bytes=16_000,
            magic=2,
            codec="lz4",
            is_log_append_time=False,
            is_transactional=False,
            is_control=False,
            producer_id=-1 if self.dice.random() < 0.02 else 7,
            producer_epoch=0,
            base_sequence=number,
            last_offset_delta=99,
            record_count=100,
            base_timestamp_ms=NOW_MS - 10_000,
            max_timestamp_ms=NOW_MS - 9_000,
        )

    def _metrics(self, broker: int) -> BrokerMetrics:
        return BrokerMetrics(
            broker,
            {
                name: tuple(
                    MetricSample(name, tuple(sorted(labels.items())), value)
                    for labels, value in samples
                )
                for name, samples in SHAPE["metrics"].items()
            },
        )


def _entries(shape: Mapping[str, list[Any]]) -> dict[str, ConfigEntry]:
    found: dict[str, ConfigEntry] = {}
    for key, (value, source, *synonyms) in shape.items():
        listed = synonyms[0] if synonyms else [[key, value, source]]
        found[key] = ConfigEntry(
            key,
            value,
            ConfigSource(source),
            synonyms=tuple(ConfigSynonym(n, v, ConfigSource(s)) for n, v, s in listed),
        )
    return found
