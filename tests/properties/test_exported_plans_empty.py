"""Export, plan, drift is empty on a cluster in any state; what no manifest expresses is said, and left alone."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.change.manifests.comparison.compare import compare
from steward.change.manifests.desired import ManifestTarget, resolve
from steward.change.manifests.from_cluster import manifests_of
from steward.change.manifests.reading import read
from steward.change.manifests.writing import write
from steward.change.manifests.yaml_nodes import Source
from steward.change.planning.build import make_plan
from steward.model.config_definition import ConfigType
from steward.model.config_definitions import TOPIC
from steward.model.instant import Instant
from steward.model.quota import QuotaEntry, entity_text, name_from, name_text
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Topic
from steward.model.unknown import Observed
from support.cluster_text import NOW_MS, snapshot_of

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
BROKERS = (1, 2, 3, 4)
NAMES = (
    "orders",
    "pay.users",
    "a_b",
    "0",
    "no",
    "1e3",
    "null",
    "-",
    "~x".replace("~", "_"),
    "x" * 249,
)
TRICKY = (
    "<default>", "\\<default>", "default", "a/b", "CN=a,OU=b", "a,client-id=b", "null", "no", "12:30", "é", " x ", "*",
)  # fmt: skip
RESOURCES = (("TOPIC", "LITERAL", "*"), ("GROUP", "PREFIXED", "a.b-c"), ("TOPIC", "LITERAL", "no"))
LIMITS = (1.0, 1500.0, 0.5, 1e-7, 12.25, 2.0**40, 1e300, 0.0, 1500.5)


@st.composite
def partitions(draw: st.DrawFn) -> tuple[str, dict[str, Any] | None]:
    """One line of a partition in any state, and its reassignment where it moves."""
    has = draw(st.permutations(BROKERS))[: draw(st.integers(1, 3))]
    adds = draw(st.sampled_from((0, 0, 0, 1, 2)))
    adding = [b for b in BROKERS if b not in has][:adds]
    removing = list(has[: draw(st.integers(0, len(adding)))]) if adding else []
    replicas = [*adding, *has]
    led = draw(st.booleans())
    words = [f"{b}*" if led and b == has[0] else str(b) for b in replicas]
    in_sync = [b for b in has if draw(st.booleans())] or [has[0]]
    line = " ".join(words) + " isr " + " ".join(map(str, in_sync))
    moves = {"replicas": replicas, "adding": adding, "removing": removing}
    return line, moves if adding else None


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in draw(st.sets(st.sampled_from(sorted(TOPIC)), max_size=4)):
        kind = TOPIC[key].type
        if kind is ConfigType.BOOLEAN:
            found[key] = draw(st.sampled_from(("true", "false")))
        elif kind in (ConfigType.STRING, ConfigType.LIST):
            found[key] = draw(
                st.sampled_from(
                    (*TOPIC[key].choices, "on", "12:30", "a,b", "", "x: y # z", "\u00e9\t")
                )
            )
        else:
            numbers = (
                "-9223372036854775808",
                "-2",
                "-1",
                "0",
                "1",
                "604800000",
                "9223372036854775807",
                "0.5",
            )
            found[key] = draw(st.sampled_from(numbers))
    if draw(st.booleans()):
        found["vendor.secret"] = {"value": None, "sensitive": True}
    return found


@st.composite
def quotas(draw: st.DrawFn) -> dict[str, Any]:
    shape = draw(st.sampled_from((("user",), ("client-id",), ("user", "client-id"), ("ip",))))
    entry: dict[str, Any] = {k: draw(st.sampled_from((None, "10.0.0.1", *TRICKY))) for k in shape}
    keys = (
        ("connection_creation_rate",)
        if shape == ("ip",)
        else ("producer_byte_rate", "request_percentage", "vendor_rate")
    )
    return entry | {
        k: draw(st.sampled_from(LIMITS)) for k in draw(st.sets(st.sampled_from(keys), min_size=1))
    }


@st.composite
def clusters(draw: st.DrawFn) -> ClusterSnapshot:
    topics: dict[str, Any] = {}
    moves: dict[str, Any] = {}
    told: dict[str, Any] = {}
    for name in draw(st.sets(st.sampled_from(NAMES), max_size=4)):
        drawn = draw(st.lists(partitions(), min_size=1, max_size=4))
        topics[name] = [line for line, _ in drawn]
        moves |= {f"{name}-{n}": move for n, (_, move) in enumerate(drawn) if move}
        told[name] = draw(st.one_of(configs(), st.just("denied: DESCRIBE_CONFIGS on topic")))
    acls = [
        f"{draw(st.sampled_from(('ALLOW', 'DENY')))} User:{name} READ {kind} {pattern} {resource} *"
        for name in draw(st.sets(st.sampled_from(("a", "CN=a,OU=b", "<default>", "*")), max_size=3))
        for kind, pattern, resource in draw(
            st.sets(st.sampled_from(RESOURCES))
        )
    ]  # fmt: skip
    entries = draw(st.lists(quotas(), max_size=5))
    unique = {
        tuple(sorted((k, e[k]) for k in e if k in ("user", "client-id", "ip"))): e for e in entries
    }
    data: dict[str, Any] = {
        "brokers": "1@a 2@b 3@c 4@a",
        "topics": topics,
        "topic_configs": told,
        "reassignments": moves,
        "acls": acls,
        "quotas": list(unique.values()),
        "users": {
            name: {"SCRAM-SHA-512": 8192}
            for name in draw(st.sets(st.sampled_from(TRICKY), max_size=3))
        },
    }
    for part in draw(st.sets(st.sampled_from(("acls", "quotas", "users")), max_size=1)):
        data[part] = "denied: DESCRIBE on cluster"
    return snapshot_of(data)


def _again(snapshot: ClusterSnapshot) -> tuple[Any, Any]:
    written = manifests_of(snapshot, "prod")
    manifests = read([Source("export.yaml", write(written.manifests))])
    desired = resolve(manifests, ManifestTarget(cluster_id="test-cluster", name="prod"))
    return written, compare(desired, snapshot)


@QUICK
@given(clusters())
def test_a_plan_of_an_export_is_empty(snapshot: ClusterSnapshot) -> None:
    written, found = _again(snapshot)
    assert found.changes == ()
    assert found.impossible == ()
    assert found.remaining == ()
    plan = make_plan(
        found.changes, snapshot, title="t", made_by="me", source="s", now=Instant(NOW_MS)
    )
    assert (plan.steps, plan.impossible) == ((), ())
    declared = {m.metadata.name: m.spec for m in written.manifests if m.kind == "Topic"}
    for topic in _topics(snapshot):
        said = {(one.what, one.of) for one in written.missing}
        if topic.name not in declared:
            assert ("config", topic.name) in said
            continue
        if declared[topic.name].replicas is None:
            assert ("replicas", topic.name) in said
        if any(p.adding for p in topic.partitions):
            assert ("reassignments", topic.name) in said


def _topics(snapshot: ClusterSnapshot) -> tuple[Topic, ...]:
    assert isinstance(snapshot.topics, Observed)
    return snapshot.topics.value


@QUICK
@given(clusters())
def test_the_factor_counts_what_holds_while_partitions_move(snapshot: ClusterSnapshot) -> None:
    assert isinstance(snapshot.reassignments, Observed)
    adding = {r.partition: r.adding for r in snapshot.reassignments.value}
    for topic in _topics(snapshot):
        counts = [len(p.replicas) - len(adding.get(p.key, ())) for p in topic.partitions]
        assert [p.replication_factor for p in topic.partitions] == counts
        assert topic.replication_factor == min(counts)


names = st.one_of(st.none(), st.sampled_from(("", *TRICKY)), st.text(max_size=12))
entities = st.one_of(
    names.map(lambda n: (("user", n),)),
    names.map(lambda n: (("client-id", n),)),
    st.tuples(names, names).map(lambda p: (("user", p[0]), ("client-id", p[1]))),
)


@given(names)
def test_a_name_reads_back_and_only_none_is_the_default(name: str | None) -> None:
    assert name_from(name_text(name)) == name
    assert (name_text(name) == "<default>") is (name is None)


@given(entities, entities)
def test_no_two_entities_are_written_alike(
    one: tuple[tuple[str, str | None], ...], other: tuple[tuple[str, str | None], ...]
) -> None:
    assert (entity_text(one) == entity_text(other)) is (one == other)


def test_a_user_of_the_name_of_the_default_is_exported_as_itself() -> None:
    data = {
        "identity": {},
        "quotas": [
            {"user": None, "producer_byte_rate": 1000},
            {"user": "<default>", "producer_byte_rate": 2000},
            {"user": "default", "producer_byte_rate": 3000},
            {"user": "a/b", "producer_byte_rate": 4000},
        ],
    }
    snapshot = snapshot_of(data)
    written = manifests_of(snapshot, "prod")
    manifests = read([Source("export.yaml", write(written.manifests))])
    desired = resolve(manifests, ManifestTarget(cluster_id="test-cluster", name="prod"))
    assert isinstance(snapshot.quotas, Observed)
    assert {q.entity: q.limits for q, _ in desired.quotas} == {
        q.entity: q.limits for q in snapshot.quotas.value
    }
    assert isinstance(desired.quotas[0][0], QuotaEntry)
