"""Laws of plans: simulated, a plan fulfils its wish; planned again it is empty; undone, the cluster is as before."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.change.planning.batches import MAX_RECORDS, batches
from steward.change.planning.build import make_plan, simulate, undo_changes
from steward.change.planning.kinds import agrees, kind_of
from steward.documents.plan import plan_from_plain, plan_to_plain
from steward.model.acl import AclBinding
from steward.model.change import (
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
    DeleteScram,
    DeleteTopic,
    UpsertScram,
)
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import Plan, PlanStepStatus, StepResult
from steward.model.request_size import metadata_records
from steward.model.snapshot import ClusterSnapshot
from support.changes_seen import state_of
from support.cluster_text import NOW_MS, snapshot_of

NOW = Instant(NOW_MS)
TOPICS = ("orders", "payments", "users.v1")
NEW_TOPICS = ("invoices", "returns")
KEYS = {"retention.ms": ("3600000", "86400000"), "cleanup.policy": ("delete", "compact")}
ENTITIES = ((("user", "alice"),), (("user", None),), (("client-id", "c"), ("user", "alice")))
USERS = ("alice", "bob")
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

acls = st.builds(
    AclBinding,
    resource_type=st.sampled_from(("TOPIC", "GROUP")),
    resource_name=st.sampled_from(TOPICS),
    pattern_type=st.sampled_from(("LITERAL", "PREFIXED")),
    principal=st.sampled_from(("User:alice", "User:bob")),
    host=st.just("*"),
    operation=st.sampled_from(("READ", "WRITE")),
    permission=st.sampled_from(("ALLOW", "DENY")),
)


def _line(acl: AclBinding) -> str:
    return (
        f"{acl.permission} {acl.principal} {acl.operation} {acl.resource_type} {acl.pattern_type} "
        f"{acl.resource_name} {acl.host}"
    )


@st.composite
def clusters(draw: st.DrawFn) -> ClusterSnapshot:
    names = draw(st.lists(st.sampled_from(TOPICS), unique=True))
    configs: dict[str, Any] = {}
    for name in names:
        keys = draw(st.lists(st.sampled_from(sorted(KEYS)), unique=True))
        configs[name] = {key: draw(st.sampled_from(KEYS[key])) for key in keys}
    users = draw(st.lists(st.sampled_from(USERS), unique=True))
    entities = draw(st.lists(st.sampled_from(ENTITIES), unique=True))
    return snapshot_of(
        {
            "identity": {"version": "4.3", "controller": 1},
            "topics": {name: f"{draw(st.integers(1, 4))}x" for name in names},
            "topic_configs": configs,
            "acls": [_line(acl) for acl in draw(st.lists(acls, unique=True, max_size=4))],
            "users": {user: {"SCRAM-SHA-512": 8192} for user in users},
            "quotas": [{**dict(entity), "producer_byte_rate": 1000} for entity in entities],
            "groups": {"app": {"state": draw(st.sampled_from(("Empty", "Stable")))}},
            "group_offsets": {"app": {f"{name}-0": 5 for name in names}},
        }
    )


any_topic = st.sampled_from(TOPICS + NEW_TOPICS)
limits = st.integers(1, 9).map(lambda n: {"producer_byte_rate": n * 500.0})
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(
        CreateTopic,
        name=any_topic,
        partitions=st.integers(1, 5),
        replication_factor=st.integers(1, 4),
        configs=st.sampled_from(({}, {"retention.ms": "3600000"})),
    ),
    st.builds(DeleteTopic, name=any_topic, topic_id=st.just("")),
    st.builds(CreatePartitions, topic=any_topic, partitions=st.integers(1, 6)),
    st.builds(
        AlterConfigs,
        target=st.just(ConfigTarget.TOPIC),
        name=any_topic,
        set=st.sampled_from(KEYS["retention.ms"]).map(lambda v: {"retention.ms": v}),
        remove=st.sampled_from(((), ("cleanup.policy",))),
    ),
    st.builds(CreateAcl, acl=acls),
    st.builds(DeleteAcl, acl=acls),
    st.builds(AlterQuota, entity=st.sampled_from(ENTITIES), set=limits),
    st.builds(
        AlterQuota, entity=st.sampled_from(ENTITIES), remove=st.just(("producer_byte_rate",))
    ),
    st.builds(
        UpsertScram,
        user=st.sampled_from(USERS),
        mechanism=st.just("SCRAM-SHA-512"),
        iterations=st.sampled_from((4096, 8192)),
        password_from=st.just("env:PASSWORD"),
    ),
    st.builds(DeleteScram, user=st.sampled_from(USERS), mechanism=st.just("SCRAM-SHA-512")),
    st.builds(
        AlterGroupOffsets,
        group=st.just("app"),
        offsets=st.dictionaries(
            st.builds(TopicPartition, any_topic, st.integers(0, 1)), st.integers(0, 9), min_size=1
        ),
    ),
    st.builds(DeleteGroup, group=st.just("app")),
)


def _key(change: Change) -> tuple[str, str, str]:
    target = kind_of(change).object(change)
    return target.kind, target.name, ""


one_change_each = st.lists(changes, max_size=8, unique_by=_key)
"""A wish names each object once: two contradicting changes of one object have no end state."""


def _plan(wished: Any, snapshot: ClusterSnapshot, *, ordered: bool = False) -> Plan:
    return make_plan(
        wished, snapshot, title="t", made_by="me", source="test", now=NOW, ordered=ordered
    )


@QUICK
@given(clusters(), one_change_each)
def test_what_was_simulated_needs_nothing_more(
    snapshot: ClusterSnapshot, wished: list[Change]
) -> None:
    plan = _plan(wished, snapshot)
    after = simulate(plan, snapshot)
    assert _plan([s.change for s in plan.steps], after).steps == ()
    for step in plan.steps:
        assert agrees(state_of(step.change, after), step.after)


@QUICK
@given(clusters(), one_change_each)
def test_every_prefix_leaves_the_state_that_the_next_step_relies_on(
    snapshot: ClusterSnapshot, wished: list[Change]
) -> None:
    plan = _plan(wished, snapshot)
    for index, step in enumerate(plan.steps):
        reached = simulate(plan, snapshot, index)
        assert agrees(state_of(step.change, reached), step.before)


@QUICK
@given(clusters(), one_change_each)
def test_what_can_be_undone_is_undone(snapshot: ClusterSnapshot, wished: list[Change]) -> None:
    plan = _plan(wished, snapshot)
    after = simulate(plan, snapshot)
    results = [
        StepResult(index=i, status=PlanStepStatus.DONE, found=step.after)
        for i, step in enumerate(plan.steps)
    ]
    back, stays = undo_changes(plan, results)
    undone = _plan(back, after, ordered=True)
    assert not undone.impossible
    restored = simulate(undone, after)
    assert len(stays) == sum(not step.reversible for step in plan.steps)
    for step in plan.steps:
        if step.reversible:
            assert agrees(state_of(step.change, restored), step.before)


@QUICK
@given(clusters(), one_change_each)
def test_no_access_is_revoked_before_all_access_is_granted(
    snapshot: ClusterSnapshot, wished: list[Change]
) -> None:
    kinds = [
        s.kind for s in _plan(wished, snapshot).steps if s.object.kind == "acl"
        and s.change.acl.permission == "ALLOW"
    ]  # fmt: skip
    assert kinds == sorted(kinds)  # CreateAcls before DeleteAcls


@QUICK
@given(clusters(), one_change_each)
def test_a_plan_survives_its_document_and_its_hash_holds(
    snapshot: ClusterSnapshot, wished: list[Change]
) -> None:
    plan = _plan(wished, snapshot)
    assert _plan(list(reversed(wished)), snapshot).id == plan.id or len(plan.steps) > 1
    text = json.dumps(plan_to_plain(plan))
    assert plan_from_plain(json.loads(text), "here") == plan


@QUICK
@given(st.lists(st.integers(1, 4000), max_size=12))
def test_batches_hold_every_step_once_and_stay_below_the_controllers_limit(
    counts: list[int],
) -> None:
    snapshot = snapshot_of({})
    wished = [
        CreateTopic(name=f"t{i}", partitions=count, replication_factor=1)
        for i, count in enumerate(counts)
    ]
    plan = _plan(wished, snapshot)
    found = list(batches(plan.steps))
    assert [i for batch in found for i in batch] == list(range(len(plan.steps)))
    for batch in found:
        records = sum(metadata_records(plan.steps[i].change) for i in batch)
        assert records <= MAX_RECORDS or len(batch) == 1
