"""Connect, MirrorMaker and registries as evidence: who uses a topic, what cannot be told, what traces mean."""

import pytest

from steward.change.planning.evidence import Answer, Evidence
from steward.change.planning.layers import connectors, mirrors, subjects
from steward.model.layer import ConnectCluster, Connector, Layers
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import Unknown, Why
from support.cluster_text import snapshot_of

DOWN = Unknown(Why.UNREACHABLE, "http://connect:8083: Connection refused")
NOBODY = snapshot_of({"groups": {}})
NAMES = frozenset({"orders", "orders-eu", "users"})


def connector(kind: str, used: tuple[str, ...] | Unknown = (), /, **settings: str) -> Connector:
    named = {key.replace("_", "."): value for key, value in settings.items()}
    return Connector(name="c", kind=kind, settings=named, topics=used)


def asked(*found: Connector) -> Layers:
    return Layers(topics=NAMES, connect=(ConnectCluster(place="http://c", connectors=found),))


def one(layers: Layers, snapshot: ClusterSnapshot = NOBODY, topic: str = "orders") -> Evidence:
    (evidence,) = connectors(topic, layers, snapshot)
    return evidence


MIRROR = {"connector_class": "org.apache.kafka.connect.mirror.MirrorSourceConnector"}


@pytest.mark.parametrize(
    ("found", "answer", "told"),
    [
        (connector("sink", topics="users, orders"), Answer.IN_USE, "sink c names it (topics)"),
        (connector("sink", topics="orders-eu"), Answer.CLEAR, "none of 1 uses it"),
        (connector("sink", topics_regex="ord.*"), Answer.IN_USE, "topics.regex"),
        (connector("sink", topics_regex="orders-.*"), Answer.CLEAR, ""),
        (connector("sink", topics_regex="orders(?<a"), Answer.IN_USE, "topics.regex"),
        (connector("source", ("orders",)), Answer.IN_USE, "source c has used it"),
        (connector("source", ("users",)), Answer.CLEAR, ""),
        (connector("source", DOWN), Answer.UNKNOWN, "Connection refused"),
        (connector("sink", DOWN, topics="users"), Answer.CLEAR, ""),
        (
            connector("sink", errors_deadletterqueue_topic_name="orders", topics="users"),
            Answer.IN_USE,
            "errors.deadletterqueue.topic.name",
        ),
        (connector("source", topics="orders|users", **MIRROR), Answer.IN_USE, "copies it"),
        (connector("source", topics="users", **MIRROR), Answer.CLEAR, ""),
        (connector("source", **MIRROR), Answer.IN_USE, "copies it"),
    ],
)  # fmt: skip
def test_what_a_connector_says(found: Connector, answer: Answer, told: str) -> None:
    evidence = one(asked(found))
    assert (evidence.answer, told in evidence.fact) == (answer, True), evidence


def test_a_secret_of_a_connector_is_not_told() -> None:
    found = connector("sink", topics="orders", connection_password="hunter2")
    assert "hunter2" not in repr(found)
    assert "hunter2" not in one(asked(found)).fact


def test_a_copy_that_a_mirror_makes() -> None:
    found = connector("source", topics="x", source_cluster_alias="eu", **MIRROR)
    evidence = one(asked(found), topic="eu.orders")
    assert (evidence.answer, evidence.fact) == (
        Answer.IN_USE,
        "source c makes it, as a copy of orders",
    )


def test_one_cluster_that_is_down_is_unknown_and_one_that_uses_it_says_more() -> None:
    down = ConnectCluster(place="http://d", connectors=DOWN)
    layers = asked(connector("sink", topics="users"))
    both = Layers(topics=NAMES, connect=(*layers.connect, down))
    assert one(both).answer is Answer.UNKNOWN
    using = Layers(topics=NAMES, connect=(*asked(connector("sink", topics="orders")).connect, down))
    assert one(using).answer is Answer.IN_USE


@pytest.mark.parametrize(
    ("topics", "groups", "answer"),
    [
        (NAMES, {}, Answer.NOTE),
        (NAMES | {"connect-configs"}, {}, Answer.UNKNOWN),
        (NAMES | {"my_connect_offsets"}, {}, Answer.UNKNOWN),
        (NAMES, {"connect-s3": {"state": "Empty"}}, Answer.UNKNOWN),
        (NAMES, {"workers": {"protocol": "connect"}}, Answer.UNKNOWN),
        (NAMES, {"workers": {}}, Answer.NOTE),
        (Unknown(Why.DENIED, "only what this principal may describe"), {}, Answer.UNKNOWN),
    ],
)
def test_without_an_address_traces_make_it_unknown(topics, groups, answer) -> None:
    evidence = one(Layers(topics=topics), snapshot_of({"groups": groups}))
    assert evidence.answer is answer
    if answer is Answer.UNKNOWN and not isinstance(topics, Unknown):
        assert "connect = [...]" in evidence.fact


@pytest.mark.parametrize(
    ("traces", "topic", "answer", "told"),
    [
        (set(), "orders", Answer.CLEAR, ""),
        ({"heartbeats"}, "orders", Answer.UNKNOWN, "without a group"),
        ({"mm2-offset-syncs.b.internal"}, "orders", Answer.UNKNOWN, "mm2-offset-syncs.b.internal"),
        ({"eu.checkpoints.internal"}, "eu.orders", Answer.UNKNOWN, "copy of eu's orders"),
        ({"eu.heartbeats"}, "eu.orders", Answer.UNKNOWN, "made again"),
    ],
)  # fmt: skip
def test_traces_of_mirrors(traces: set[str], topic: str, answer: Answer, told: str) -> None:
    (evidence,) = mirrors(topic, Layers(topics=NAMES | traces))
    assert (evidence.answer, told in evidence.fact) == (answer, True), evidence


def test_mirrors_that_were_asked_themselves_are_not_guessed_at() -> None:
    layers = asked(connector("source", topics="users", **MIRROR))
    seen = Layers(topics=NAMES | {"heartbeats"}, connect=layers.connect)
    assert list(mirrors("orders", seen)) == []


@pytest.mark.parametrize(
    ("found", "answer", "told"),
    [
        (None, Answer.NOTE, "name schema_registry"),
        (DOWN, Answer.UNKNOWN, "Connection refused"),
        ((), Answer.CLEAR, "none"),
        (("orders-value", "orders-key", "users-value"), Answer.NOTE, "orders-key, orders-value"),
        (("orders-com.acme.Order",), Answer.NOTE, "orders-com.acme.Order"),
        (("orders-eu-value", "users-value", "ordersx-value"), Answer.CLEAR, ""),
    ],
)
def test_subjects_are_those_of_the_longest_name_that_fits(found, answer, told) -> None:
    (evidence,) = subjects("orders", Layers(topics=NAMES, subjects=found))
    assert (evidence.answer, told in evidence.fact) == (answer, True), evidence


def test_a_registry_that_nobody_named_is_noticed() -> None:
    (evidence,) = subjects("orders", Layers(topics=NAMES | {"_schemas"}))
    assert "topic _schemas" in evidence.fact
