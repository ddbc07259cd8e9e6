"""Connect, MirrorMaker and registries as evidence: who uses a topic, what cannot be told, what traces mean."""

import pytest

from steward.change.planning.evidence import UseAnswer, UseEvidence
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


def one(layers: Layers, snapshot: ClusterSnapshot = NOBODY, topic: str = "orders") -> UseEvidence:
    (evidence,) = connectors(topic, layers, snapshot)
    return evidence


MIRROR = {"connector_class": "org.apache.kafka.connect.mirror.MirrorSourceConnector"}


@pytest.mark.parametrize(
    ("found", "answer", "told"),
    [
        (connector("sink", topics="users, orders"), UseAnswer.IN_USE, "sink c names it (topics)"),
        (connector("sink", topics="orders-eu"), UseAnswer.CLEAR, "none of 1 uses it"),
        (connector("sink", topics_regex="ord.*"), UseAnswer.IN_USE, "topics.regex"),
        (connector("sink", topics_regex="orders-.*"), UseAnswer.CLEAR, ""),
        (connector("sink", topics_regex="orders(?<a"), UseAnswer.IN_USE, "topics.regex"),
        (connector("source", ("orders",)), UseAnswer.IN_USE, "source c has used it"),
        (connector("source", ("users",)), UseAnswer.CLEAR, ""),
        (connector("source", DOWN), UseAnswer.UNKNOWN, "Connection refused"),
        (connector("sink", DOWN, topics="users"), UseAnswer.CLEAR, ""),
        (
            connector("sink", errors_deadletterqueue_topic_name="orders", topics="users"),
            UseAnswer.IN_USE,
            "errors.deadletterqueue.topic.name",
        ),
        (connector("source", topics="orders|users", **MIRROR), UseAnswer.IN_USE, "copies it"),
        (connector("source", topics="users", **MIRROR), UseAnswer.CLEAR, ""),
        (connector("source", **MIRROR), UseAnswer.IN_USE, "copies it"),
    ],
)  # fmt: skip
def test_what_a_connector_says(found: Connector, answer: UseAnswer, told: str) -> None:
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
        UseAnswer.IN_USE,
        "source c creates it as a copy of orders",
    )


def test_one_cluster_that_is_down_is_unknown_and_one_that_uses_it_says_more() -> None:
    down = ConnectCluster(place="http://d", connectors=DOWN)
    layers = asked(connector("sink", topics="users"))
    both = Layers(topics=NAMES, connect=(*layers.connect, down))
    assert one(both).answer is UseAnswer.UNKNOWN
    using = Layers(topics=NAMES, connect=(*asked(connector("sink", topics="orders")).connect, down))
    assert one(using).answer is UseAnswer.IN_USE


@pytest.mark.parametrize(
    ("topics", "groups", "answer"),
    [
        (NAMES, {}, UseAnswer.NOTE),
        (NAMES | {"connect-configs"}, {}, UseAnswer.UNKNOWN),
        (NAMES | {"my_connect_offsets"}, {}, UseAnswer.UNKNOWN),
        (NAMES, {"connect-s3": {"state": "Empty"}}, UseAnswer.UNKNOWN),
        (NAMES, {"workers": {"protocol": "connect"}}, UseAnswer.UNKNOWN),
        (NAMES, {"workers": {}}, UseAnswer.NOTE),
        (Unknown(Why.DENIED, "only what this principal may describe"), {}, UseAnswer.UNKNOWN),
    ],
)
def test_without_an_address_traces_make_it_unknown(topics, groups, answer) -> None:
    evidence = one(Layers(topics=topics), snapshot_of({"groups": groups}))
    assert evidence.answer is answer
    if answer is UseAnswer.UNKNOWN and not isinstance(topics, Unknown):
        assert "connect = [...]" in evidence.fact


@pytest.mark.parametrize(
    ("traces", "topic", "answer", "told"),
    [
        (set(), "orders", UseAnswer.CLEAR, ""),
        ({"heartbeats"}, "orders", UseAnswer.UNKNOWN, "without a group"),
        ({"mm2-offset-syncs.b.internal"}, "orders", UseAnswer.UNKNOWN, "mm2-offset-syncs.b.internal"),
        ({"eu.checkpoints.internal"}, "eu.orders", UseAnswer.UNKNOWN, "copy of eu's orders"),
        ({"eu.heartbeats"}, "eu.orders", UseAnswer.UNKNOWN, "create again"),
    ],
)  # fmt: skip
def test_traces_of_mirrors(traces: set[str], topic: str, answer: UseAnswer, told: str) -> None:
    (evidence,) = mirrors(topic, Layers(topics=NAMES | traces))
    assert (evidence.answer, told in evidence.fact) == (answer, True), evidence


def test_mirrors_that_were_asked_themselves_are_not_guessed_at() -> None:
    layers = asked(connector("source", topics="users", **MIRROR))
    seen = Layers(topics=NAMES | {"heartbeats"}, connect=layers.connect)
    assert list(mirrors("orders", seen)) == []


@pytest.mark.parametrize(
    ("found", "answer", "told"),
    [
        (None, UseAnswer.NOTE, "set schema_registry"),
        (DOWN, UseAnswer.UNKNOWN, "Connection refused"),
        ((), UseAnswer.CLEAR, "no subject"),
        (("orders-value", "orders-key", "users-value"), UseAnswer.NOTE, "orders-key, orders-value"),
        (("orders-com.acme.Order",), UseAnswer.NOTE, "orders-com.acme.Order"),
        (("orders-eu-value", "users-value", "ordersx-value"), UseAnswer.CLEAR, ""),
    ],
)
def test_subjects_are_those_of_the_longest_name_that_fits(found, answer, told) -> None:
    (evidence,) = subjects("orders", Layers(topics=NAMES, subjects=found))
    assert (evidence.answer, told in evidence.fact) == (answer, True), evidence


def test_a_registry_that_nobody_named_is_noticed() -> None:
    (evidence,) = subjects("orders", Layers(topics=NAMES | {"_schemas"}))
    assert "topic _schemas" in evidence.fact
