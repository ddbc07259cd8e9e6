"""Every kind of change, carried out on real brokers and compared with what Apache Kafka's own tools say."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka import TopicPartition as Position

from steward.cluster.observer import connect
from steward.cluster.ports import Scope
from steward.model.acl import AclBinding
from steward.model.change import (
    AbortTransaction,
    AlterConfigs,
    AlterGroupOffsets,
    AlterQuota,
    Change,
    ConfigTarget,
    CreateAcl,
    CreatePartitions,
    CreateTopic,
    DeleteAcl,
    DeleteGroup,
    DeleteGroupOffsets,
    DeleteRecords,
    DeleteScram,
    DeleteTopic,
    ElectLeader,
    RemoveMembers,
    UpdateFeature,
    UpsertScram,
)
from steward.model.connection import Secret
from steward.model.names import TopicPartition
from steward.model.plan import PlanOutcome
from steward.model.snapshot import Part
from support.live_admin import client_settings
from support.live_execution import LiveExecution
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

TOPIC = "change-orders"
PASSWORD, ROTATED = "first-Secret-1", "second-Secret-2"


@pytest.fixture
def live(secure_sandbox: RunningSandbox, tmp_path: Path) -> LiveExecution:
    return LiveExecution(
        secure_sandbox.name,
        secure_sandbox.connection,
        tmp_path,
        {"change-user": PASSWORD},
    )


@pytest.fixture(scope="module", autouse=True)
def cleaned(secure_sandbox: RunningSandbox, tmp_path_factory) -> Iterator[None]:
    """Take away at the end every topic that a test made."""
    yield
    folder = tmp_path_factory.mktemp("cleaned")
    live = LiveExecution(secure_sandbox.name, secure_sandbox.connection, folder, {})
    with connect(secure_sandbox.connection) as observer:
        topics = observer.observe(frozenset({Part.TOPICS})).topics.value
    live.carry_out(
        *(DeleteTopic(name=t.name, topic_id=t.id) for t in topics if t.name.startswith("change-"))
    )


def create(live: LiveExecution, name: str, partitions: int = 1, **configs: str) -> str:
    """Create a topic and return its id."""
    change = CreateTopic(name=name, partitions=partitions, replication_factor=3, configs=configs)
    return live.carry_out(change).results[0].found["topic_id"] or ""


def produce(live: LiveExecution, topic: str, count: int) -> None:
    producer = Producer(client_settings(live.connection))
    for number in range(count):
        producer.produce(topic, value=str(number), partition=0)
    assert producer.flush(30) == 0


def test_topics_come_to_be_grow_are_configured_and_go(live: LiveExecution) -> None:
    placed = CreateTopic(
        name=f"{TOPIC}-placed",
        partitions=2,
        replication_factor=2,
        configs={"retention.ms": "86400000", "cleanup.policy": "compact"},
        assignment=((3, 1), (1, 2)),
    )
    live.carry_out(placed)
    text = live.tool("kafka-topics", "--describe", "--topic", placed.name)
    replicas = re.findall(r"Partition: \d+\s+Leader: \d+\s+Replicas: ([\d,]+)", text)
    assert replicas == ["3,1", "1,2"]
    assert "cleanup.policy=compact" in text
    assert "retention.ms=86400000" in text
    grown = CreatePartitions(topic=placed.name, partitions=3, assignment=((2, 3),))
    altered = AlterConfigs(
        target=ConfigTarget.TOPIC,
        name=placed.name,
        set={"max.message.bytes": "2097152"},
        remove=("cleanup.policy",),
    )
    live.carry_out(grown, altered)
    text = live.tool("kafka-topics", "--describe", "--topic", placed.name)
    assert re.findall(r"Replicas: ([\d,]+)", text) == ["3,1", "1,2", "2,3"]
    assert "max.message.bytes=2097152" in text
    assert "cleanup.policy" not in text
    assert "retention.ms=86400000" in text  # what was not named stays
    gone = re.findall(r"TopicId: (\S+)", text)[0]
    live.carry_out(DeleteTopic(name=placed.name, topic_id=gone))
    assert placed.name not in live.tool("kafka-topics", "--list").split()


def test_a_namesake_of_another_id_survives(live: LiveExecution) -> None:
    name = f"{TOPIC}-namesake"
    first = create(live, name)
    plan = live.plan(DeleteTopic(name=name, topic_id=first))
    live.tool("kafka-topics", "--delete", "--topic", name)
    second = create(live, name)
    execution = live.run(plan)
    assert execution.outcome is PlanOutcome.STALE
    assert second != first
    assert second in live.tool("kafka-topics", "--describe", "--topic", name)


def test_brokers_loggers_groups_and_client_metrics_are_configured(live: LiveExecution) -> None:
    logger = "kafka.server.KafkaApis"
    wished = (
        AlterConfigs(target=ConfigTarget.BROKER, name="2", set={"background.threads": "12"}),
        AlterConfigs(target=ConfigTarget.BROKER, name="", set={"log.cleaner.threads": "2"}),
        AlterConfigs(target=ConfigTarget.BROKER_LOGGER, name="1", set={logger: "WARN"}),
        AlterConfigs(
            target=ConfigTarget.GROUP,
            name="change-group",
            set={"consumer.session.timeout.ms": "50000"},
        ),
        AlterConfigs(
            target=ConfigTarget.CLIENT_METRICS, name="change-metrics", set={"interval.ms": "30000"}
        ),
    )
    live.carry_out(*wished)
    described = ("kafka-configs", "--describe", "--entity-type")
    assert "background.threads=12" in live.tool(*described, "brokers", "--entity-name", "2")
    assert "log.cleaner.threads=2" in live.tool(*described, "brokers", "--entity-default")
    loggers = live.tool(*described, "broker-loggers", "--entity-name", "1")
    assert f"{logger}=WARN" in loggers
    groups = live.tool(*described, "groups", "--entity-name", "change-group")
    assert "consumer.session.timeout.ms=50000" in groups
    metrics = live.tool(*described, "client-metrics", "--entity-name", "change-metrics")
    assert "interval.ms=30000" in metrics
    back = tuple(
        AlterConfigs(target=c.target, name=c.name, remove=tuple(c.set))
        for c in wished
        if c.target is not ConfigTarget.BROKER_LOGGER
    )
    live.carry_out(*back)
    assert "background.threads=12" not in live.tool(*described, "brokers", "--entity-name", "2")


def test_acls_are_added_and_exactly_one_is_removed(live: LiveExecution) -> None:
    def allow(operation: str) -> AclBinding:
        return AclBinding(
            "TOPIC", "change-", "PREFIXED", "User:change-app", "*", operation, "ALLOW"
        )

    live.carry_out(*(CreateAcl(acl=allow(o)) for o in ("READ", "DESCRIBE", "WRITE")))
    words = ("--list", "--principal", "User:change-app")
    assert live.tool("kafka-acls", *words).count("operation=") == 3
    live.carry_out(DeleteAcl(acl=allow("WRITE")))
    text = live.tool("kafka-acls", *words)
    assert "operation=WRITE" not in text
    assert text.count("operation=") == 2
    live.carry_out(DeleteAcl(acl=allow("READ")), DeleteAcl(acl=allow("DESCRIBE")))
    assert "operation=" not in live.tool("kafka-acls", *words)


def test_quotas_of_every_kind_of_entity(live: LiveExecution) -> None:
    entities = (
        (("user", "change-app"),),
        (("client-id", "change-client"),),
        (("client-id", "change-client"), ("user", "change-app")),
        (("client-id", None), ("user", "change-app")),
        (("ip", "10.1.2.3"),),
    )

    def limit(entity: tuple[tuple[str, str | None], ...]) -> dict[str, float]:
        is_ip = entity[0][0] == "ip"
        return {"connection_creation_rate": 7.0} if is_ip else {"producer_byte_rate": 1048576.0}

    live.carry_out(*(AlterQuota(entity=e, set=limit(e)) for e in entities))
    text = live.tool("kafka-configs", "--describe", "--entity-type", "users")
    text += live.tool("kafka-configs", "--describe", "--entity-type", "clients")
    text += live.tool("kafka-configs", "--describe", "--entity-type", "ips")
    assert re.search(r"user-principal 'change-app' are .*producer_byte_rate=1048576", text)
    assert re.search(r"client-id 'change-client' are .*producer_byte_rate=1048576", text)
    assert re.search(r"ip '10.1.2.3' are .*connection_creation_rate=7", text)
    both = "user-principal 'change-app', client-id 'change-client'"
    described = ("--describe", "--entity-type", "users", "--entity-type", "clients")
    assert both in live.tool("kafka-configs", *described)
    live.carry_out(*(AlterQuota(entity=e, remove=tuple(limit(e))) for e in entities))
    assert "change-" not in live.tool("kafka-configs", *described)


def logs_in(live: LiveExecution, password: str) -> bool:
    from confluent_kafka.admin import AdminClient

    settings = client_settings(live.connection)
    settings |= {"sasl.username": "change-user", "sasl.password": password}
    errors: list[object] = []
    client = AdminClient({**settings, "error_cb": errors.append})
    try:
        client.list_topics(timeout=5)
    except KafkaException:
        return False
    return True


def test_scram_credentials_are_made_rotated_and_removed(
    live: LiveExecution, secure_sandbox: RunningSandbox, tmp_path: Path
) -> None:
    made = UpsertScram(
        user="change-user", mechanism="SCRAM-SHA-512", iterations=8192, password_from="env:P"
    )
    live.carry_out(made)
    words = ("--describe", "--entity-type", "users", "--entity-name", "change-user")
    assert "SCRAM-SHA-512=iterations=8192" in live.tool("kafka-configs", *words)
    assert logs_in(live, PASSWORD)
    rotating = LiveExecution(live.sandbox, live.connection, tmp_path, {"change-user": ROTATED})
    rotate = UpsertScram(
        user="change-user",
        mechanism="SCRAM-SHA-512",
        iterations=8192,
        password_from="env:P",
        rotate=True,
    )
    rotating.carry_out(rotate)
    assert logs_in(live, ROTATED)
    assert not logs_in(live, PASSWORD)
    live.carry_out(DeleteScram(user="change-user", mechanism="SCRAM-SHA-512"))
    assert "SCRAM" not in live.tool("kafka-configs", *words)


def test_a_preferred_leader_is_elected(live: LiveExecution, tmp_path: Path) -> None:
    name = f"{TOPIC}-led"
    live.carry_out(
        CreateTopic(name=name, partitions=1, replication_factor=3, assignment=((1, 2, 3),))
    )
    moved = tmp_path / "reassign.json"
    partition = {"topic": name, "partition": 0, "replicas": [2, 1, 3]}
    moved.write_text(json.dumps({"version": 1, "partitions": [partition]}))
    words = ("--reassignment-json-file", str(moved), "--execute")
    live.tool("kafka-reassign-partitions", *words)
    live.carry_out(ElectLeader(partition=TopicPartition(name, 0)))
    text = live.tool("kafka-topics", "--describe", "--topic", name)
    assert re.findall(r"Leader: (\d+)\s+Replicas: ([\d,]+)", text) == [("2", "2,1,3")]


def test_records_are_deleted_up_to_an_offset(live: LiveExecution) -> None:
    name = f"{TOPIC}-trimmed"
    create(live, name)
    produce(live, name, 50)
    live.carry_out(DeleteRecords(topic=name, before={TopicPartition(name, 0): 20}))
    assert f"{name}:0:20" in live.tool("kafka-get-offsets", "--topic", name, "--time", "-2")
    assert f"{name}:0:50" in live.tool("kafka-get-offsets", "--topic", name, "--time", "-1")


def test_offsets_of_groups_are_put_forgotten_and_groups_deleted(live: LiveExecution) -> None:
    name, group = f"{TOPIC}-read", "change-readers"
    create(live, name, 2)
    produce(live, name, 30)
    zero, one = TopicPartition(name, 0), TopicPartition(name, 1)
    live.carry_out(AlterGroupOffsets(group=group, offsets={zero: 10, one: 0}))
    words = ("--describe", "--group", group)
    assert re.search(
        rf"{group}\s+{name}\s+0\s+10\s+30\s+20", live.tool("kafka-consumer-groups", *words)
    )
    live.carry_out(AlterGroupOffsets(group=group, offsets={zero: 25}))
    live.carry_out(DeleteGroupOffsets(group=group, partitions=(one,)))
    text = live.tool("kafka-consumer-groups", *words)
    assert re.search(rf"{name}\s+0\s+25\s+30\s+5", text)
    assert re.search(rf"{name}\s+1\s+-", text) or not re.search(rf"{name}\s+1\s+0", text)
    live.carry_out(DeleteGroup(group=group))
    assert group not in live.tool("kafka-consumer-groups", "--list").split()


def test_a_static_member_that_is_gone_is_removed(live: LiveExecution) -> None:
    name, group = f"{TOPIC}-static", "change-static"
    create(live, name)
    produce(live, name, 5)
    settings = {
        **client_settings(live.connection),
        "group.id": group,
        "group.instance.id": "one",
        "auto.offset.reset": "earliest",
        "session.timeout.ms": 45_000,
    }
    member = Consumer(settings)
    member.subscribe([name])
    assert member.poll(60) is not None
    member.close()  # static: it stays a member until its session runs out
    with connect(live.connection) as observer:
        seen = observer.observe(frozenset({Part.GROUPS}), Scope(groups=frozenset({group})))
    (found,) = seen.groups.value
    members = {m.id: m.instance_id or "" for m in found.detail.members}
    assert list(members.values()) == ["one"]
    live.carry_out(RemoveMembers(group=group, members=members))
    words = ("--describe", "--members", "--group", group)
    assert "one" not in live.tool("kafka-consumer-groups", *words)
    live.carry_out(DeleteGroup(group=group))


def test_an_open_transaction_is_aborted_on_its_partition(live: LiveExecution) -> None:
    name = f"{TOPIC}-open"
    create(live, name)
    producer = Producer({**client_settings(live.connection), "transactional.id": "change-tx"})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(name, value="x", partition=0)
    assert producer.flush(30) == 0
    with connect(live.connection) as observer:
        wanted = frozenset({Part.TOPICS, Part.PRODUCERS})
        seen = observer.observe(wanted, Scope(topics=frozenset({name})))
    (state,) = seen.producers.value[TopicPartition(name, 0)]
    assert state.current_txn_start_offset >= 0
    live.carry_out(
        AbortTransaction(
            partition=TopicPartition(name, 0),
            producer_id=state.producer_id,
            producer_epoch=state.producer_epoch,
            coordinator_epoch=max(state.coordinator_epoch, 0),
        )
    )
    text = live.tool(
        "kafka-transactions", "describe-producers", "--topic", name, "--partition", "0"
    )
    assert re.search(rf"^{state.producer_id}\s.*None\s*$", text, re.MULTILINE)
    reader = Consumer({**client_settings(live.connection), "group.id": "change-nobody"})
    assert reader.get_watermark_offsets(Position(name, 0), timeout=10) == (0, 2)
    reader.close()


def test_a_feature_is_lowered_and_raised(live: LiveExecution) -> None:
    def level() -> str:
        text = live.tool("kafka-features", "describe")
        return re.findall(r"Feature: streams.version\s.*FinalizedVersionLevel: (\d+)", text)[0]

    now = int(level())
    live.carry_out(UpdateFeature(name="streams.version", level=1 - now))
    assert level() == str(1 - now)
    live.carry_out(UpdateFeature(name="streams.version", level=now))
    assert level() == str(now)


def test_rights_that_are_missing_are_named_before_the_first_step(
    live: LiveExecution, tmp_path: Path
) -> None:
    clerk, mine, old = "User:change-user", f"{TOPIC}-clerk-new", f"{TOPIC}-clerk-old"
    rights = (
        AclBinding("TOPIC", "*", "LITERAL", clerk, "*", "DESCRIBE_CONFIGS", "ALLOW"),
        AclBinding("TOPIC", "*", "LITERAL", clerk, "*", "READ", "ALLOW"),
        AclBinding("TOPIC", mine, "PREFIXED", clerk, "*", "CREATE", "ALLOW"),
        AclBinding("GROUP", "*", "LITERAL", clerk, "*", "READ", "ALLOW"),
        AclBinding("CLUSTER", "kafka-cluster", "LITERAL", clerk, "*", "DESCRIBE", "ALLOW"),
        AclBinding("CLUSTER", "kafka-cluster", "LITERAL", clerk, "*", "DESCRIBE_CONFIGS", "ALLOW"),
    )
    made = UpsertScram(
        user="change-user", mechanism="SCRAM-SHA-512", iterations=4096, password_from="env:P"
    )
    live.carry_out(
        made, CreateTopic(name=old, partitions=1, replication_factor=1),
        *(CreateAcl(acl=a) for a in rights),
    )  # fmt: skip
    own = replace(live.connection, sasl_username="change-user", sasl_password=Secret(PASSWORD))
    by_clerk = LiveExecution(live.sandbox, own, tmp_path / "clerk", {})
    (tmp_path / "clerk").mkdir()
    partition = TopicPartition(old, 0)
    allowed: tuple[Change, ...] = (
        CreateTopic(name=mine, partitions=1, replication_factor=1),
        AlterGroupOffsets(group="change-clerks", offsets={partition: 0}),
    )
    denied: tuple[tuple[Change, str], ...] = (
        (CreateTopic(name=f"{TOPIC}-other", partitions=1, replication_factor=1), "CREATE on topic"),
        (AlterConfigs(target=ConfigTarget.TOPIC, name=old, set={"flush.ms": "9"}), "ALTER_CONFIGS on topic"),
        (CreatePartitions(topic=old, partitions=2), "ALTER on topic"),
        (DeleteRecords(topic=partition.topic, before={partition: 0}), "DELETE on topic"),
        (CreateAcl(acl=replace(rights[0], resource_name="x")), "ALTER on cluster"),
        (AlterQuota(entity=(("user", "x"),), set={"producer_byte_rate": 1.0}), "ALTER_CONFIGS on cluster"),
    )  # fmt: skip
    try:
        plan = live.plan(*allowed, *(change for change, _ in denied))
        execution = by_clerk.run(plan)
        told = [(plan.steps[r.index].change, r) for r in execution.results]
        for change in allowed:
            assert [r.status.value for c, r in told if c == change] == ["skipped"], change
        for change, acl in denied:
            assert all(acl in r.detail for c, r in told if c == change), (change, told)
        assert sum(r.code == "not_authorized" for _, r in told) >= 5
        assert {r.code for r in execution.results} == {"", "not_authorized"}
        assert mine not in live.tool("kafka-topics", "--list").split()
        by_clerk.carry_out(*allowed)
    finally:
        live.carry_out(*(DeleteAcl(acl=a) for a in rights))
        live.carry_out(DeleteScram(user="change-user", mechanism="SCRAM-SHA-512"))
        live.carry_out(DeleteGroup(group="change-clerks"))
