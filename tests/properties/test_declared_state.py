"""Laws of declared state: the plan fulfils the manifests, the next one is empty, and every prefix of it is safe."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.change.manifests.comparison.compare import compare
from steward.change.manifests.comparison.result import ComparisonOptions
from steward.change.manifests.desired import DesiredState, DesiredTopic, DesiredUser
from steward.change.manifests.kinds import (
    Manifest,
    ManifestSetSpec,
    Metadata,
    PasswordFrom,
    Prune,
    SetScope,
)
from steward.change.manifests.problem import Place
from steward.change.manifests.scope import holds_acl, holds_topic
from steward.change.planning.build import make_plan, simulate, undo_changes
from steward.model.acl import AclBinding
from steward.model.authorization import AccessAnswer, Authorizer
from steward.model.change import DeleteAcl, DeleteScram, DeleteTopic
from steward.model.config import ConfigSource
from steward.model.instant import Instant
from steward.model.plan import Plan, PlanStepStatus, StepResult
from steward.model.quota import QuotaEntry
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Topic
from steward.model.unknown import Observed, Unknown
from support.cluster_text import NOW_MS, snapshot_of

QUICK = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
PLACE = Place("m.yaml", 1)
TOPICS = ("pay.orders", "pay.users", "other.logs")
PRINCIPALS = ("User:pay-a", "User:pay-b", "User:guest")
ENTITIES = ((("user", "pay-a"),), (("user", None),), (("client-id", "c"), ("user", "pay-b")))
DEFAULTS = {"retention.ms": "604800000", "cleanup.policy": "delete", "min.insync.replicas": "1",
            "max.message.bytes": "1048588"}  # fmt: skip
VALUES = {
    "retention.ms": ("3600000", "604800000", "-1"),
    "cleanup.policy": ("delete", "compact", "compact,delete"),
    "min.insync.replicas": ("1", "2"),
    "max.message.bytes": ("1048588", "2097152"),
}
RACKS = {1: "a", 2: "b", 3: "c", 4: "a"}
OPERATIONS = ("READ", "WRITE", "ALL", "DESCRIBE")

acls = st.builds(
    AclBinding,
    resource_type=st.sampled_from(("TOPIC", "GROUP")),
    resource_name=st.sampled_from((*TOPICS, "pay.", "*")),
    pattern_type=st.just("LITERAL"),
    principal=st.sampled_from((*PRINCIPALS, "User:*")),
    host=st.just("*"),
    operation=st.sampled_from(OPERATIONS),
    permission=st.sampled_from(("ALLOW", "ALLOW", "DENY")),
).map(lambda a: a if a.resource_name != "pay." else AclBinding(
    a.resource_type, "pay.", "PREFIXED", a.principal, a.host, a.operation, a.permission))  # fmt: skip
some_configs = st.dictionaries(st.sampled_from(sorted(VALUES)), st.none(), max_size=4).flatmap(
    lambda keys: st.fixed_dictionaries({k: st.sampled_from(VALUES[k]) for k in sorted(keys)})
)
limits = st.dictionaries(
    st.sampled_from(("producer_byte_rate", "request_percentage")),
    st.sampled_from((100.0, 2000.0)), min_size=1,
)  # fmt: skip


def _line(acl: AclBinding) -> str:
    return (
        f"{acl.permission} {acl.principal} {acl.operation} {acl.resource_type} {acl.pattern_type} "
        f"{acl.resource_name} {acl.host}"
    )


def _entries(own: dict[str, str]) -> dict[str, Any]:
    """Every key as brokers answer it: the topic's own value over the default beneath."""
    return {key: _entry(key, own.get(key), default) for key, default in DEFAULTS.items()}


def _entry(key: str, own: str | None, default: str) -> dict[str, Any]:
    beneath = (key, default, "DEFAULT_CONFIG")
    if own is None:
        return {"value": default, "source": "DEFAULT_CONFIG", "synonyms": [beneath]}
    above = (key, own, "DYNAMIC_TOPIC_CONFIG")
    return {"value": own, "source": above[2], "synonyms": [above, beneath]}


@st.composite
def clusters(draw: st.DrawFn) -> ClusterSnapshot:
    names = draw(st.lists(st.sampled_from(TOPICS), unique=True))
    entities = draw(st.lists(st.sampled_from(ENTITIES), unique=True))
    users = draw(st.lists(st.sampled_from(("pay-a", "guest")), unique=True))
    return snapshot_of(
        {
            "identity": {"version": "4.3", "controller": 1},
            "brokers": "1@a 2@b 3@c 4@a",
            "reassignments": {},
            "log_dirs": {},
            "topics": {name: f"{draw(st.integers(1, 4))}x" for name in names},
            "topic_configs": {name: _entries(draw(some_configs)) for name in names},
            "acls": [_line(a) for a in draw(st.lists(acls, unique=True, max_size=6))],
            "quotas": [{**dict(entity), **draw(limits)} for entity in entities],
            "users": {u: {"SCRAM-SHA-512": draw(st.sampled_from((4096, 8192)))} for u in users},
        }
    )


topics = st.builds(
    DesiredTopic,
    name=st.sampled_from(TOPICS),
    partitions=st.integers(1, 5),
    replicas=st.sampled_from((3, 3, 2, 1, 4)),
    config=some_configs,
    unmanaged_config=st.sampled_from(("keep", "reset", "report")),
    place=st.just(PLACE),
)
users = st.builds(
    DesiredUser,
    name=st.sampled_from(("pay-a", "pay-b", "guest")),
    mechanism=st.sampled_from(("SCRAM-SHA-256", "SCRAM-SHA-512")),
    iterations=st.none() | st.just(8192),
    password_from=st.just(PasswordFrom(env="P")),
    place=st.just(PLACE),
)
prunes = st.builds(
    Prune, **dict.fromkeys(("topics", "acls", "quotas", "users"), st.sampled_from(("never", "plan", "confirm")))
)  # fmt: skip
SCOPE = SetScope(topics=("pay.",), groups=("pay.",), principals=("User:pay-*",))


@st.composite
def desires(draw: st.DrawFn) -> DesiredState:
    wanted = draw(st.lists(topics, unique_by=lambda t: t.name))
    bindings = sorted(draw(st.lists(acls, unique=True, max_size=6)))
    entities = draw(st.lists(st.sampled_from(ENTITIES), unique=True))
    spec = ManifestSetSpec(scope=SCOPE, prune=draw(prunes))
    manifest = Manifest(kind="ManifestSet", metadata=Metadata(name="pay"), spec=spec)
    return DesiredState(
        topics=tuple(sorted(wanted, key=lambda t: t.name)),
        acls=dict.fromkeys(bindings, manifest),
        quotas=tuple((QuotaEntry(e, draw(limits)), PLACE) for e in entities),
        users=tuple(draw(st.lists(users, unique_by=lambda u: (u.name, u.mechanism)))),
        sets=(("pay", spec),) if draw(st.booleans()) else (),
    )


wishes = st.builds(
    ComparisonOptions,
    prune=st.sets(st.sampled_from(("topics", "acls", "quotas", "users"))).map(frozenset),
    pin=st.booleans(),
)


def _plan(wanted: DesiredState, snapshot: ClusterSnapshot, how: ComparisonOptions) -> Plan:
    found = compare(wanted, snapshot, how)
    return make_plan(
        found.changes, snapshot, title="t", made_by="me", source="s", now=Instant(NOW_MS),
        impossible=found.impossible,
    )  # fmt: skip


def _topics(snapshot: ClusterSnapshot) -> dict[str, Topic]:
    assert isinstance(snapshot.topics, Observed)
    return {t.name: t for t in snapshot.topics.value}


def _value(snapshot: ClusterSnapshot, topic: str, key: str) -> str:
    assert isinstance(snapshot.topic_configs, Observed)
    entries = snapshot.topic_configs.value[topic]
    assert not isinstance(entries, Unknown)
    entry = entries.get(key)
    return entry.value if entry is not None and entry.value is not None else DEFAULTS[key]


def _acls(snapshot: ClusterSnapshot) -> frozenset[AclBinding]:
    assert isinstance(snapshot.acls, Observed)
    return frozenset(snapshot.acls.value)


def _prefixes(plan: Plan, snapshot: ClusterSnapshot) -> Iterator[ClusterSnapshot]:
    return (simulate(plan, snapshot, count) for count in range(len(plan.steps) + 1))


@QUICK
@given(desires(), clusters(), wishes)
def test_simulated_it_fulfils_the_manifests_as_far_as_kafka_can(
    wanted: DesiredState, snapshot: ClusterSnapshot, how: ComparisonOptions
) -> None:
    plan = _plan(wanted, snapshot, how)
    after = simulate(plan, snapshot)
    hindered = {one.object.name for one in plan.impossible}
    for topic in wanted.topics:
        kept_back = any(f"while {topic.name} is created" in one.reason for one in plan.impossible)
        if topic.name in hindered or kept_back:
            continue
        found = _topics(after)[topic.name]
        assert len(found.partitions) == topic.partitions
        assert {len(p.replicas) for p in found.partitions} == {topic.replicas}
        assert all(p.leader in p.replicas for p in found.partitions)
        for key, value in topic.config.items():
            got = _value(after, topic.name, key)
            assert set(got.split(",")) == set(value.split(","))
    assert frozenset(wanted.acls) <= _acls(after)
    assert isinstance(after.quotas, Observed)
    limits_after = {q.entity: q.limits for q in after.quotas.value}
    for entry, _ in wanted.quotas:
        assert entry.limits.items() <= limits_after[entry.entity].items()
    assert isinstance(after.users, Observed)
    there = {(u.name, c.mechanism) for u in after.users.value for c in u.credentials}
    assert {(u.name, u.mechanism) for u in wanted.users} <= there


@QUICK
@given(desires(), clusters(), wishes)
def test_planned_again_nothing_is_left_to_do(
    wanted: DesiredState, snapshot: ClusterSnapshot, how: ComparisonOptions
) -> None:
    plan = _plan(wanted, snapshot, how)
    again = _plan(wanted, simulate(plan, snapshot), how)
    assert again.steps == ()


@QUICK
@given(desires(), clusters(), wishes)
def test_after_every_prefix_replicas_and_min_isr_are_whole_and_nothing_shrinks(
    wanted: DesiredState, snapshot: ClusterSnapshot, how: ComparisonOptions
) -> None:
    plan = _plan(wanted, snapshot, how)
    before = _topics(snapshot)
    deleted = {s.object.name for s in plan.steps if isinstance(s.change, DeleteTopic)}
    for state in _prefixes(plan, snapshot):
        topics_now = _topics(state)
        for name, old in before.items():
            if name in deleted and name not in topics_now:
                continue
            now = topics_now[name]
            assert now.id == old.id  # never recreated
            assert len(now.partitions) >= len(old.partitions)
            wish = next((t for t in wanted.topics if t.name == name), None)
            asked = wish.replicas if wish is not None else old.replication_factor
            least = int(_value(state, name, "min.insync.replicas"))
            for partition in now.partitions:
                assert len(partition.replicas) in {old.replication_factor, asked}
                assert len(partition.replicas) >= min(least, old.replication_factor)
                assert len({*partition.replicas}) == len(partition.replicas)
            for was, now_is in zip(old.partitions, now.partitions, strict=False):
                grown = max(0, len(now_is.replicas) - len(was.replicas))
                racks = [len({RACKS[b] for b in p.replicas}) for p in (was, now_is)]
                assert racks[1] >= min(3, len(now_is.replicas), racks[0] + grown)
            ends = {_value(snapshot, name, "min.insync.replicas")}
            if wish is not None:
                ends |= {wish.config.get("min.insync.replicas", "1"), "1"}
            assert _value(state, name, "min.insync.replicas") in ends


@QUICK
@given(desires(), clusters(), wishes)
def test_no_access_that_both_ends_give_is_missing_in_between(
    wanted: DesiredState, snapshot: ClusterSnapshot, how: ComparisonOptions
) -> None:
    plan = _plan(wanted, snapshot, how)
    states = [Authorizer(_acls(s), allow_everyone=False) for s in _prefixes(plan, snapshot)]
    requests = product(PRINCIPALS, ("READ", "WRITE", "DESCRIBE"), ("TOPIC", "GROUP"), TOPICS)
    for principal, operation, kind, name in requests:
        allowed = [
            a.decide(principal, "1.2.3.4", operation, kind, name).access is AccessAnswer.ALLOWED
            for a in states
        ]
        if allowed[0] and allowed[-1]:
            assert all(allowed), (principal, operation, kind, name)


@QUICK
@given(desires(), clusters(), wishes)
def test_what_is_removed_is_undeclared_in_a_scope_and_asked_for(
    wanted: DesiredState, snapshot: ClusterSnapshot, how: ComparisonOptions
) -> None:
    changes = compare(wanted, snapshot, how).changes

    def may(kind: str) -> bool:
        return any(
            getattr(spec.prune, kind) == "plan"
            or (getattr(spec.prune, kind) == "confirm" and kind in how.prune)
            for _, spec in wanted.sets
        )

    for change in changes:
        match change:
            case DeleteTopic(name=name, topic_id=topic_id):
                assert may("topics")
                assert holds_topic(SCOPE, name)
                assert name not in {t.name for t in wanted.topics}
                assert topic_id == _topics(snapshot)[name].id != ""
            case DeleteAcl(acl=acl):
                assert may("acls")
                assert holds_acl(SCOPE, acl)
                assert acl not in wanted.acls
            case DeleteScram(user=user, mechanism=mechanism):
                assert may("users")
                assert (user, mechanism) not in {(u.name, u.mechanism) for u in wanted.users}
            case _:
                pass


@QUICK
@given(desires(), clusters())
def test_keys_that_no_manifest_names_are_kept_unless_reset(
    wanted: DesiredState, snapshot: ClusterSnapshot
) -> None:
    after = simulate(_plan(wanted, snapshot, ComparisonOptions()), snapshot)
    assert isinstance(snapshot.topic_configs, Observed)
    for topic in wanted.topics:
        entries = snapshot.topic_configs.value.get(topic.name)
        if entries is None or isinstance(entries, Unknown) or topic.unmanaged_config == "reset":
            continue
        for key, entry in entries.items():
            if entry.source is ConfigSource.TOPIC and key not in topic.config:
                assert _value(after, topic.name, key) == entry.value


@QUICK
@given(desires(), clusters())
def test_undone_every_topic_that_stays_has_its_replicas_again(
    wanted: DesiredState, snapshot: ClusterSnapshot
) -> None:
    plan = _plan(wanted, snapshot, ComparisonOptions())
    after = simulate(plan, snapshot)
    results = [StepResult(index=i, status=PlanStepStatus.DONE) for i in range(len(plan.steps))]
    changes, _ = undo_changes(plan, results)
    back = make_plan(
        changes, after, title="t", made_by="me", source="s", now=Instant(NOW_MS), ordered=True
    )
    assert not [one for one in back.impossible if one.object.kind == "partition"]
    topics_now = _topics(simulate(back, after))
    for name, old in _topics(snapshot).items():
        for partition in old.partitions if name in topics_now else ():
            assert topics_now[name].partitions[partition.partition].replicas == partition.replicas
