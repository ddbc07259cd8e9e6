"""Plans as commands make them: on one connection, judged, kept, and shown old -> new."""

import re
from pathlib import Path
from typing import Any

import pytest

import steward.change.guard as guard
from steward.change.guard.rules import RULE_NAMES
from steward.commands.api.context import Context
from steward.commands.api.open_store import open_store
from steward.commands.api.registry import Outcome
from steward.commands.plan.create import PlanRequest, SavedPlan, answer_of, create_plan, report
from steward.commands.plan.policy import guard_policy
from steward.interfaces.views.blocks import Diff
from steward.interfaces.views.plan import arrange_plan
from steward.model.acl import AclBinding
from steward.model.change import (
    AlterConfigs,
    AlterQuota,
    Change,
    ConfigTarget,
    CreateAcl,
    CreatePartitions,
    CreateTopic,
    DeleteTopic,
)
from steward.model.plan import Ruling
from steward.model.snapshot import Part
from support.cluster_text import NOW_MS, snapshot_of
from support.fake_observer import FakeObserver

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": "3x", "users": "1x"},
    "topic_configs": {"orders": {"retention.ms": "86400000", "min.insync.replicas": "2"}, "users": {}},
    "broker_configs": {"*": {"min.insync.replicas": "1"}},
    "log_dirs": {1: {"/data": {"orders-0": 2048}}},
    "acls": [],
    "quotas": [],
    "groups": {},
    "group_offsets": {},
}  # fmt: skip
CONFIG = """
[profiles.prod]
bootstrap_servers = "b:9092"
protected = ["users"]
[[waivers]]
check = "partition_count_changes"
object = "topic orders"
reason = "no keys"
expires = "2099-01-01"
"""
READ = AclBinding("TOPIC", "orders", "LITERAL", "User:app", "*", "READ", "ALLOW")


class Planner:
    def __init__(self, directory: Path) -> None:
        (directory / "steward.toml").write_text(CONFIG)
        self.observer = FakeObserver(snapshot_of(CLUSTER))
        self.context = Context(
            connect=lambda _: self.observer,
            directory=directory,
            environ={"STEWARD_STATE_DIR": str(directory / "state")},
            now_ms=lambda: NOW_MS,
        )

    def __call__(self, *changes: Change, **other: Any) -> SavedPlan:
        return create_plan(
            self.context,
            lambda _: PlanRequest(title="test", source="tests", changes=changes, **other),
        )


@pytest.fixture
def planner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planner:
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path / "state"))
    return Planner(tmp_path)


def _text(made: SavedPlan, context: Context, *, wide: bool = False) -> str:
    blocks = arrange_plan(report(made, context), wide)
    return "\n".join(line for b in blocks if isinstance(b, Diff) for line in map(_line, b.lines))


def _line(line: tuple[str, int, str]) -> str:
    sign, depth, text = line
    return f"{sign}{'  ' * depth}{text}"


def test_a_plan_is_kept_and_found_by_its_id(planner: Planner) -> None:
    made = planner(CreateAcl(acl=READ))
    with open_store(planner.context) as store:
        assert store.plans.find(made.plan.id[:6]) == made.plan
    assert made.not_kept is None
    assert report(made, planner.context).kept


def test_configurations_are_asked_of_changed_topics_only(planner: Planner) -> None:
    planner(AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "3600000"}))
    of_configs = [scope for parts, scope in planner.observer.asked if Part.TOPIC_CONFIGS in parts]
    assert [scope.topics for scope in of_configs] == [frozenset({"orders"})]
    of_topics = [scope for parts, scope in planner.observer.asked if Part.TOPICS in parts]
    assert [scope.topics for scope in of_topics] == [None]


def test_a_shorter_retention_shows_old_and_new_its_risk_and_the_bytes(planner: Planner) -> None:
    made = planner(
        AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "43200000"})
    )
    text = _text(made, planner.context)
    assert "~topic orders: retention.ms: 86400000 (1d) -> 43200000 (12h)   [destructive]" in text
    assert "deletes about 1 KiB of 2 KiB on disk" in text
    assert made.decision.ruling is Ruling.APPROVE


def test_commands_are_shown_on_request_only(planner: Planner) -> None:
    made = planner(CreateAcl(acl=READ))
    assert "kafka-acls.sh" not in _text(made, planner.context)
    assert "kafka-acls.sh" in _text(made, planner.context, wide=True)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            CreateTopic(name="new", partitions=3, replication_factor=1, configs={"retention.ms": "1000"}),
            "partitions 3",
        ),
        (AlterQuota(entity=(("user", "a"),), set={"producer_byte_rate": 1048576.0}),
         "~quota user=a: producer_byte_rate: not set -> 1048576 (1 MiB/s)   [disruptive]"),
        (CreatePartitions(topic="orders", partitions=2),
         "!topic orders: impossible: Kafka cannot lower a topic's number of partitions"),
    ],
)  # fmt: skip
def test_steps_are_written_as_people_read_them(planner: Planner, change: Change, line: str) -> None:
    assert line in _text(planner(change), planner.context)


def test_a_refused_plan_says_so_by_its_outcome(planner: Planner) -> None:
    made = planner(DeleteTopic(name="orders", topic_id=""))
    assert made.refused
    assert answer_of(made, planner.context).outcome is Outcome.REFUSED


def test_waivers_and_limits_come_from_the_configuration(planner: Planner) -> None:
    policy = guard_policy(planner.context)
    assert policy.protected == ("users",)
    made = planner(CreatePartitions(topic="orders", partitions=6))
    assert [r.rule for r in made.decision.waived] == ["partition_count_changes"]
    assert made.decision.ruling is Ruling.ALLOW
    protected = planner(
        AlterConfigs(target=ConfigTarget.TOPIC, name="users", set={"cleanup.policy": "compact"})
    )
    assert "protected" in {r.rule for r in protected.decision.reasons}


def test_a_store_that_is_gone_costs_the_id_and_nothing_else(
    planner: Planner, tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("a file where a folder has to be")
    made = planner(CreateAcl(acl=READ))
    assert made.not_kept is not None
    answered = answer_of(made, planner.context)
    assert answered.outcome is Outcome.DONE
    assert not answered.data.kept
    assert "not saved" in answered.warnings[-1].message


def test_many_safe_steps_are_cut_and_every_other_is_shown(planner: Planner) -> None:
    acls = [
        CreateAcl(acl=AclBinding("TOPIC", f"t{i:03}", "LITERAL", "User:app", "*", "READ", "ALLOW"))
        for i in range(100)
    ]
    made = planner(*acls, AlterQuota(entity=(("user", "a"),), set={"producer_byte_rate": 5.0}))
    text = _text(made, planner.context)
    assert "and 41 more safe steps" in text
    assert "quota user=a" in text


def test_every_rule_of_the_guard_is_named_in_its_table() -> None:
    source = "".join(p.read_text() for p in Path(guard.__path__[0]).glob("*.py"))
    call = re.compile(r"(?:refuse|approve)\(\s*f?\"([a-z_{}.]+)\"")
    named = {name for name in call.findall(source) if "{" not in name}
    assert named
    assert named <= RULE_NAMES
