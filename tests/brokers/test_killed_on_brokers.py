"""An executor killed anywhere on real brokers: `plan resume` ends as an undisturbed run does, `plan undo` restores."""

from collections.abc import Iterator

import pytest

from steward.change.execution.recheck import recheck
from steward.change.planning.kinds import agrees
from steward.cluster.observer import connect
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
    DeleteTopic,
    UpsertScram,
)
from steward.model.names import TopicPartition
from steward.model.plan import Plan, PlanStepStatus
from support.live_command import Command, command_on
from support.live_execution import LiveExecution, store_in
from support.live_kill import killed_at, passed
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

POINTS = 20
UNDONE = 3


def acl(name: str, operation: str) -> AclBinding:
    return AclBinding("TOPIC", name, "LITERAL", f"User:{name}", "*", operation, "ALLOW")


def before(name: str) -> tuple[Change, ...]:
    """What has to be there first."""
    return (
        CreateTopic(name=f"{name}-grown", partitions=1, replication_factor=1),
        CreateTopic(name=f"{name}-old", partitions=1, replication_factor=1),
        CreateAcl(acl=acl(name, "READ")),
    )


def reversible(name: str) -> tuple[Change, ...]:
    """Changes that can all be undone."""
    group, grown = f"{name}-group", f"{name}-grown"
    return (
        CreateTopic(name=f"{name}-new", partitions=2, replication_factor=1),
        AlterConfigs(target=ConfigTarget.TOPIC, name=grown, set={"retention.ms": "999000000"}),
        CreateAcl(acl=acl(name, "ALL")),
        AlterQuota(entity=(("user", name),), set={"producer_byte_rate": 1048576.0}),
        UpsertScram(
            user=name, mechanism="SCRAM-SHA-256", iterations=4096, password_from="env:KILL_P"
        ),
        AlterGroupOffsets(group=group, offsets={TopicPartition(grown, 0): 0}),
        DeleteAcl(acl=acl(name, "READ")),
    )


def wished(name: str) -> tuple[Change, ...]:
    """A change of every phase."""
    return (
        *reversible(name),
        CreatePartitions(topic=f"{name}-grown", partitions=2),
        DeleteTopic(name=f"{name}-old", topic_id=""),
    )


@pytest.fixture(scope="module")
def live(
    secure_sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveExecution]:
    """An executor with a store of its own; everything it made is taken away in the end."""
    patch = pytest.MonkeyPatch()
    patch.setenv("KILL_P", "a-Secret-of-4096")
    folder = tmp_path_factory.mktemp("killed")
    names = [f"kill{n:02}" for n in range(POINTS + UNDONE + 1)]
    live = LiveExecution(
        secure_sandbox.name,
        secure_sandbox.connection,
        folder,
        dict.fromkeys(names, "a-Secret-of-4096"),
    )
    live.carry_out(*(change for name in names for change in before(name)))
    yield live
    with connect(live.connection) as observer:
        from steward.model.snapshot import Part

        parts = frozenset({Part.TOPICS, Part.ACLS, Part.QUOTAS, Part.USERS, Part.GROUPS})
        seen = observer.observe(parts)
    from steward.model.change import DeleteScram

    live.carry_out(
        *(DeleteTopic(name=t.name, topic_id=t.id) for t in seen.topics.value if is_ours(t.name)),
        *(DeleteAcl(acl=a) for a in seen.acls.value if is_ours(a.resource_name)),
        *(
            AlterQuota(entity=q.entity, remove=tuple(q.limits))
            for q in seen.quotas.value
            if is_ours(q.entity[0][1] or "")
        ),
        *(
            DeleteScram(user=u.name, mechanism="SCRAM-SHA-256")
            for u in seen.users.value
            if is_ours(u.name)
        ),
        *(DeleteGroup(group=g.id) for g in seen.groups.value if is_ours(g.id)),
    )
    patch.undo()


def is_ours(name: str) -> bool:
    return name.startswith("kill")


@pytest.fixture
def steward(live: LiveExecution, capsys: pytest.CaptureFixture[str]) -> Command:
    return command_on(live, capsys)


def kept(live: LiveExecution, changes: tuple[Change, ...]) -> Plan:
    plan = live.plan(*changes)
    with store_in(live.folder) as store:
        store.plans.save(plan)
    return plan


def ends_of(live: LiveExecution, plan: Plan) -> list[PlanStepStatus]:
    with connect(live.connection) as observer:
        return [r.status for r in recheck(plan, observer)]


def test_killed_anywhere_it_is_resumed_to_the_same_end(
    live: LiveExecution, steward: Command
) -> None:
    whole = kept(live, wished("kill00"))
    points = passed(live, whole.id)
    assert points >= 40
    code, document = steward("apply", whole.id, "--yes")
    assert {s["status"] for s in document["data"]["steps"]} == {"already"}
    for number in range(1, POINTS + 1):
        plan = kept(live, wished(f"kill{number:02}"))
        point = 1 + (number - 1) * (points - 1) // (POINTS - 1)
        killed_at(live, plan.id, point)
        if point == 1:  # before the first line: never begun
            assert steward("plan", "execute", plan.id, "--yes")[0] == 0
            continue
        code, document = steward("plan", "resume", plan.id, "--yes")
        statuses = {s["status"] for s in document["data"]["steps"]}
        assert (code, statuses - {"done", "already"}) == (0, set()), (point, document)
        assert set(ends_of(live, plan)) == {PlanStepStatus.ALREADY}, point


def test_killed_anywhere_it_is_undone_to_where_it_began(
    live: LiveExecution, steward: Command
) -> None:
    for number in range(UNDONE):
        name = f"kill{POINTS + 1 + number:02}"
        plan = kept(live, reversible(name))
        killed_at(live, plan.id, 9 + number * 12)
        code, document = steward("plan", "undo", plan.id, "--yes")
        assert code == 0, document
        for step in plan.steps:
            assert agrees(live.seen(step.change), step.before), (number, step.object)
