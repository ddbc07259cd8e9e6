"""What is observed of real brokers, beside what Kafka's own tools say of them."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as LivePartition
from confluent_kafka.admin import AdminClient, NewTopic

from steward.cluster.observer import connect
from steward.cluster.ports import Scope
from steward.model.broker import BrokerMetrics
from steward.model.config import ConfigSource
from steward.model.group import GroupDetail, GroupOffsets, GroupType
from steward.model.names import TopicPartition
from steward.model.snapshot import ALL_PARTS, ClusterSnapshot, Part
from steward.model.topic import PartitionOffsets
from steward.model.unknown import NotApplicable, Observed, Unknown, Why
from steward.sandbox.lockfile import DEFAULT_KAFKA_VERSION
from steward.sandbox.tools import run_tool
from support.live_admin import admin_client, client_settings, done

pytestmark = pytest.mark.brokers

ORDERS, PLAIN, CLASSIC, MODERN, SHARED = (
    "obs-orders",
    "obs-plain",
    "obs-classic",
    "obs-modern",
    "obs-share",
)
RECORDS = 40


@dataclass(frozen=True)
class World:
    """A sandbox with something in it, and a snapshot of it."""

    name: str
    snapshot: ClusterSnapshot

    def tool(self, tool: str, *arguments: str) -> str:
        done = run_tool(self.name, tool, arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def world(sandbox) -> Iterator[World]:
    settings = client_settings(sandbox.connection)
    admin = admin_client(sandbox.connection)
    config = {"min.insync.replicas": "2", "retention.ms": "3600000"}
    done(admin.create_topics([NewTopic(ORDERS, 6, 3, config=config), NewTopic(PLAIN, 2, 1)]))
    _produce(settings, ORDERS, {"enable.idempotence": True, "compression.type": "gzip"})
    _produce(settings, PLAIN, {"enable.idempotence": False, "acks": "1"})
    transaction = _open_transaction(settings)
    members = [
        _member(settings, CLASSIC, {"group.instance.id": "first", "client.id": "c1"}),
        _member(settings, MODERN, {"group.protocol": "consumer", "client.id": "m1"}),
    ]
    _share(sandbox.name)
    try:
        # A metrics agent under a whole test run may need longer for its first answer.
        patient = replace(sandbox.connection, connect_timeout_seconds=30.0)
        with connect(patient) as observer:
            yield World(sandbox.name, _settled(lambda: observer.observe(ALL_PARTS)))
    finally:
        for member in members:
            member.close()
        transaction.abort_transaction(10)
        _cleaned(admin)


def _produce(settings: dict, topic: str, more: dict) -> None:
    producer = Producer(settings | more)
    for i in range(RECORDS):
        producer.produce(topic, key=str(i), value=b"v" * 100, partition=i % 2)
    assert producer.flush(30) == 0


def _open_transaction(settings: dict) -> Producer:
    producer = Producer(
        settings | {"transactional.id": "obs-transaction", "transaction.timeout.ms": 900_000}
    )
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(ORDERS, value=b"open", partition=5)
    producer.flush(30)
    return producer


def _member(settings: dict, group: str, more: dict) -> Consumer:
    consumer = Consumer(
        settings
        | {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
        | more
    )
    consumer.subscribe([ORDERS])
    read = 0
    deadline = time.monotonic() + 60
    while read < RECORDS and time.monotonic() < deadline:
        message = consumer.poll(0.2)
        read += message is not None and message.error() is None
    assert read == RECORDS
    consumer.commit(
        offsets=[LivePartition(ORDERS, 0, 15), LivePartition(ORDERS, 1, 20)], asynchronous=False
    )
    return consumer


def _share(name: str) -> None:
    """Join a share group for a moment; it stays behind, empty, with its offsets."""
    arguments = ["--topic", ORDERS, "--group", SHARED, "--timeout-ms", "4000"]
    run_tool(name, "kafka-console-share-consumer", arguments)


def _settled(observe: Callable[[], ClusterSnapshot]) -> ClusterSnapshot:
    """Observe until both live groups are stable."""
    deadline = time.monotonic() + 60
    while True:
        snapshot = observe()
        states = {g.id: g.state for g in value(snapshot.groups)}
        if states.get(CLASSIC) == states.get(MODERN) == "Stable" or time.monotonic() > deadline:
            return snapshot
        time.sleep(0.2)


def _cleaned(admin: AdminClient) -> None:
    done(admin.delete_topics([ORDERS, PLAIN]))
    for group in (CLASSIC, MODERN):
        try:
            done(admin.delete_consumer_groups([group]))
        except Exception:  # noqa: BLE001  (a static member may keep its group for a while)
            continue


def value(part):
    assert isinstance(part, Observed), part
    return part.value


def test_named_topics_are_asked_for_single_keys(world: World, sandbox):
    named = frozenset({ORDERS, PLAIN, "obs-absent", "no name!"})
    keys = frozenset({"retention.ms", "no.such.key"})
    with connect(sandbox.connection) as observer:
        scope = Scope(topics=named, config_synonyms=False, config_keys=keys)
        seen = observer.observe(frozenset({Part.TOPIC_CONFIGS}), scope)
    configs = seen.topic_configs
    assert isinstance(configs, Observed)
    assert {t: {k: e.value for k, e in c.items()} for t, c in configs.value.items()} == {
        ORDERS: {"retention.ms": "3600000"},
        PLAIN: {"retention.ms": "604800000"},
    }
    assert configs.value[ORDERS]["retention.ms"].source is ConfigSource.TOPIC
    assert "Metadata" not in seen.cost.requests


def test_every_part_is_known(world: World) -> None:
    parts = {part: world.snapshot.part(part) for part in ALL_PARTS}
    missing = {part: str(found) for part, found in parts.items() if not isinstance(found, Observed)}
    assert set(missing) == {Part.ACLS}
    assert isinstance(parts[Part.ACLS], NotApplicable)
    assert {part: p.gaps for part, p in parts.items() if isinstance(p, Observed) and p.gaps} == {}


def test_topics_as_kafka_topics_describes_them(world: World) -> None:
    text = world.tool("kafka-topics", "--describe", "--topic", ORDERS)
    (topic,) = [t for t in value(world.snapshot.topics) if t.name == ORDERS]
    assert f"TopicId: {topic.id}" in text
    for p in topic.partitions:
        ids = {key: ",".join(map(str, found)) for key, found in (("R", p.replicas), ("I", p.isr))}
        row = rf"Partition: {p.partition}\s+Leader: {p.leader}\s+Replicas: {ids['R']}\s+Isr: {ids['I']}\s"
        assert re.search(row, text), row
        assert p.elr == ()
        assert p.offline_replicas == ()


def test_configs_as_kafka_configs_describes_them(world: World) -> None:
    text = world.tool("kafka-configs", "--describe", "--all", "--topic", ORDERS)
    found = value(world.snapshot.topic_configs)[ORDERS]
    assert found["retention.ms"].source is ConfigSource.TOPIC
    assert found["retention.ms"].synonyms[0].value == "3600000"
    told = dict(re.findall(r"^\s+([\w.]+)=(\S*) sensitive=false", text, re.MULTILINE))
    assert told == {name: entry.value or "" for name, entry in found.items()}


def test_brokers_quorum_and_features(world: World) -> None:
    quorum = value(world.snapshot.quorum)
    text = world.tool("kafka-metadata-quorum", "describe", "--status")
    assert int(re.search(r"LeaderId:\s+(\d+)", text)[1]) == quorum.leader_id
    identity = value(world.snapshot.identity)
    assert re.search(r"ClusterId:\s+(\S+)", text)[1] == identity.cluster_id
    assert identity.controller_id == quorum.leader_id
    assert identity.kafka_version == DEFAULT_KAFKA_VERSION.rpartition(".")[0]
    brokers = value(world.snapshot.brokers)
    assert [b.id for b in brokers if b.is_controller] == [quorum.leader_id]
    assert all(b.fenced is False and b.rack for b in brokers)
    told = dict(
        re.findall(
            r"Feature: (\S+).*FinalizedVersionLevel: (\S+)",
            world.tool("kafka-features", "describe"),
        )
    )
    assert identity.features
    for feature in identity.features:
        if not told[feature.name].count("-IV"):
            assert told[feature.name] == str(feature.finalized)


def test_offsets_as_kafka_get_offsets_gives_them(world: World) -> None:
    text = world.tool("kafka-get-offsets", "--topic", ORDERS)
    told = {int(p): int(o) for p, o in re.findall(rf"^{ORDERS}:(\d+):(\d+)$", text, re.MULTILINE)}
    offsets = value(world.snapshot.offsets)
    found = {key.partition: known for key, known in offsets.items() if key.topic == ORDERS}
    assert {p: known.end for p, known in found.items()} == told
    assert found[0] == PartitionOffsets(0, RECORDS // 2, RECORDS // 2)
    assert (found[5].end, found[5].last_stable) == (1, 0)


def test_groups_of_three_types(world: World) -> None:
    groups = {g.id: g for g in value(world.snapshot.groups)}
    types = {CLASSIC: GroupType.CLASSIC, MODERN: GroupType.CONSUMER, SHARED: GroupType.SHARE}
    assert {name: groups[name].type for name in types} == types
    assert all(isinstance(groups[name].detail, GroupDetail) for name in types)
    whole = tuple(TopicPartition(ORDERS, p) for p in range(6))
    classic, modern = (groups[name].detail.members for name in (CLASSIC, MODERN))
    assert [(m.instance_id, m.client_id, m.assignment) for m in classic] == [("first", "c1", whole)]
    assert [(m.client_id, m.assignment, m.target) for m in modern] == [("m1", whole, whole)]
    assert modern[0].subscribed_topics == classic[0].subscribed_topics == (ORDERS,)
    assert isinstance(classic[0].epoch, NotApplicable)
    assert modern[0].epoch == groups[MODERN].detail.epoch
    text = world.tool("kafka-groups", "--list")
    for name, kind in types.items():
        assert re.search(rf"^{name}\s+{kind.capitalize()}\s", text, re.MULTILINE)


def test_committed_offsets_as_kafka_consumer_groups_shows_them(world: World) -> None:
    committed = value(world.snapshot.group_offsets)[CLASSIC].committed
    assert committed == {TopicPartition(ORDERS, 0): 15, TopicPartition(ORDERS, 1): 20}
    text = world.tool("kafka-consumer-groups", "--describe", "--group", CLASSIC)
    rows = re.findall(rf"^{CLASSIC}\s+{ORDERS}\s+(\d+)\s+(\d+)\s", text, re.MULTILINE)
    assert {TopicPartition(ORDERS, int(p)): int(o) for p, o in rows} == committed


def test_share_group_offsets(world: World) -> None:
    found = value(world.snapshot.group_offsets)[SHARED]
    assert isinstance(found, GroupOffsets)
    text = world.tool("kafka-share-groups", "--describe", "--group", SHARED)
    rows = re.findall(rf"^{SHARED}\s+{ORDERS}\s+(\d+)\s+(\d+)\s", text, re.MULTILINE)
    assert {TopicPartition(ORDERS, int(p)): int(o) for p, o in rows} == found.committed


def test_log_dirs_as_kafka_log_dirs_describes_them(world: World) -> None:
    text = world.tool("kafka-log-dirs", "--describe", "--topic-list", ORDERS)
    told = {
        (broker["broker"], log_dir["logDir"], p["partition"]): p["size"]
        for broker in json.loads(text[text.index("{") :])["brokers"]
        for log_dir in broker["logDirs"]
        for p in log_dir["partitions"]
    }
    found = {
        (broker, log_dir.path, str(replica.partition)): replica.size_bytes
        for broker, dirs in value(world.snapshot.log_dirs).items()
        for log_dir in dirs
        for replica in log_dir.replicas
        if replica.partition.topic == ORDERS
    }
    assert found == told
    assert len(found) == 18


def test_open_transaction_at_its_coordinator_and_its_partition(world: World) -> None:
    (open_,) = [
        t for t in value(world.snapshot.transactions) if t.transactional_id == "obs-transaction"
    ]
    assert open_.state == "Ongoing"
    assert open_.partitions == (TopicPartition(ORDERS, 5),)
    assert open_.start_ms > 0
    producers = value(world.snapshot.producers)
    (state,) = producers[TopicPartition(ORDERS, 5)]
    assert (state.producer_id, state.current_txn_start_offset) == (open_.producer_id, 0)
    assert len(producers[TopicPartition(ORDERS, 0)]) == 1
    assert producers[TopicPartition(PLAIN, 0)] == ()


def test_samples_tell_idempotent_from_plain_producers(world: World) -> None:
    samples = value(world.snapshot.samples)
    plain = samples[TopicPartition(PLAIN, 0)].batches
    orders = samples[TopicPartition(ORDERS, 0)].batches
    assert {b.producer_id for b in plain} == {-1}
    assert all(b.producer_id >= 0 for b in orders)
    assert {b.codec for b in orders} == {"gzip"}
    assert sum(b.record_count for b in plain) == RECORDS // 2
    assert {key.partition for key in samples if key.topic == ORDERS} <= {0, 1, 5}


def test_metrics_of_every_broker(world: World) -> None:
    metrics = value(world.snapshot.metrics)
    assert sorted(metrics) == [b.id for b in value(world.snapshot.brokers)]
    for found in metrics.values():
        assert isinstance(found, BrokerMetrics)
        assert any(name.startswith("kafka_server_") for name in found.samples)


def test_a_capability_pays_for_its_parts_only(sandbox, world: World) -> None:
    with connect(sandbox.connection) as observer:
        snapshot = observer.observe(frozenset({Part.GROUPS}), Scope(groups=frozenset({CLASSIC})))
    assert [g.id for g in value(snapshot.groups)] == [CLASSIC]
    assert snapshot.topics == Unknown(Why.NOT_REQUESTED, "not requested")
    assert set(snapshot.cost.requests) <= {
        "DescribeCluster",
        "ListGroups",
        "DescribeGroups",
        "DescribeAcls",
    }


def test_asking_for_what_is_not_there_creates_nothing(sandbox) -> None:
    name = "obs-never-created"
    with connect(sandbox.connection) as observer:
        scoped = observer.observe(
            ALL_PARTS, Scope(topics=frozenset({name}), groups=frozenset({name}))
        )
        assert value(scoped.topics) == ()
        assert value(scoped.topic_configs) == {}
        assert value(scoped.groups) == ()
        everything = observer.observe(frozenset({Part.TOPICS, Part.GROUPS}))
    assert name not in {t.name for t in value(everything.topics)}
    assert name not in {g.id for g in value(everything.groups)}


def test_a_scope_restricts_every_part(sandbox, world: World) -> None:
    with connect(sandbox.connection) as observer:
        scoped = observer.observe(ALL_PARTS, Scope(topics=frozenset({ORDERS})))
    assert {key.topic for key in value(scoped.offsets)} == {ORDERS}
    assert {key.topic for key in value(scoped.producers)} == {ORDERS}
    assert set(value(scoped.topic_configs)) == {ORDERS}
    assert {
        replica.partition.topic
        for dirs in value(scoped.log_dirs).values()
        for log_dir in dirs
        for replica in log_dir.replicas
    } == {ORDERS}
    assert dict(value(scoped.group_offsets)[CLASSIC].committed) == dict(
        value(world.snapshot.group_offsets)[CLASSIC].committed
    )
