"""Policies of one's own in CEL: on what a plan leaves, on what it changes; what cannot be judged counts against it."""

from typing import Any

import pytest

from steward.change.guard.cel import compiled
from steward.change.guard.decide import decide
from steward.change.guard.policy import CustomPolicy, Policy, RuleWaiver
from steward.change.planning.build import make_plan
from steward.model.acl import AclBinding
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    CreateAcl,
    CreatePartitions,
    CreateTopic,
    DeleteTopic,
)
from steward.model.connection import Environment
from steward.model.instant import Instant
from steward.model.plan import GuardDecision, Ruling
from support.cluster_text import NOW_MS, snapshot_of

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3@c",
    "topics": {"orders": "4x"},
    "topic_configs": {"orders": {"retention.ms": "1000"}},
    "broker_configs": {"1": {}, "2": {}, "3": {}},
}
NOW = Instant(NOW_MS)
SMALL = CreateTopic(name="pay.new", partitions=2, replication_factor=1)
ACL = AclBinding("TOPIC", "orders", "LITERAL", "User:app", "*", "READ", "ALLOW")


def policy(
    rule: str, *, target: str = "resource", effect: str = "refuse", kinds=()
) -> CustomPolicy:
    found = compiled(rule, target)
    assert not isinstance(found, str), found
    return CustomPolicy(
        name="ours", kinds=kinds, target=target, effect=effect, message="not so here", rule=found,
        place="policies.yaml:3",
    )  # fmt: skip


def decided(
    change: Change, *policies: CustomPolicy, waivers: tuple[RuleWaiver, ...] = ()
) -> GuardDecision:
    plan = make_plan(
        [change], snapshot_of(CLUSTER), title="t", made_by="me", source="test", now=NOW
    )
    given = Policy(environment=Environment.DEVELOPMENT, custom=policies, waivers=waivers)
    return decide(plan, snapshot_of(CLUSTER), given, NOW)


@pytest.mark.parametrize(
    ("effect", "ruling"),
    [("warn", Ruling.ALLOW), ("approve", Ruling.APPROVE), ("refuse", Ruling.REFUSE)],
)
def test_the_effect_decides_what_follows(effect: str, ruling: Ruling) -> None:
    found = decided(SMALL, policy("resource.replicas >= 3", effect=effect))
    assert found.ruling is ruling
    (reason,) = found.reasons
    assert (reason.rule, reason.message, reason.step) == ("ours", "not so here", 0)
    assert "policies.yaml:3" in reason.remedy


def test_a_rule_that_holds_says_nothing() -> None:
    assert decided(SMALL, policy("resource.name.startsWith('pay.')")).reasons == ()


@pytest.mark.parametrize(
    ("change", "rule", "holds"),
    [
        (CreatePartitions(topic="orders", partitions=8), "after.partitions <= 2 * before.partitions", True),
        (CreatePartitions(topic="orders", partitions=9), "after.partitions <= 2 * before.partitions", False),
        (SMALL, "op == 'create' && before == null", True),
        (DeleteTopic(name="orders", topic_id=""), "op != 'delete'", False),
        (DeleteTopic(name="orders", topic_id=""), "op == 'delete' && after == null", True),
        (
            AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "5"}),
            "int(after.config['retention.ms']) >= int(before.config['retention.ms'])",
            False,
        ),
        (CreateAcl(acl=ACL), "request == 'CreateAcls' && risk == 'safe'", True),
    ],
)  # fmt: skip
def test_a_rule_on_the_change_sees_before_and_after(change: Change, rule: str, holds: bool) -> None:
    assert (decided(change, policy(rule, target="change")).ruling is Ruling.ALLOW) is holds


def test_what_cannot_be_judged_counts_against_it() -> None:
    found = decided(SMALL, policy("resource.config['min.insync.replicas'] == '2'"))
    assert found.ruling is Ruling.REFUSE
    assert "cannot be evaluated" in found.reasons[0].message
    assert "min.insync.replicas" in found.reasons[0].message
    assert decided(SMALL, policy("resource.name")).ruling is Ruling.REFUSE


def test_it_looks_at_its_kinds_alone() -> None:
    of_topics = policy("false", kinds=("Topic",))
    assert decided(CreateAcl(acl=ACL), of_topics).ruling is Ruling.ALLOW
    assert decided(SMALL, of_topics).ruling is Ruling.REFUSE


def test_a_waiver_sets_it_aside_until_its_day_and_says_so_after() -> None:
    strict = policy("false")
    until = RuleWaiver(rule="ours", object="topic pay.new", reason="r", expires="2023-11-14")
    assert decided(SMALL, strict, waivers=(until,)).ruling is Ruling.ALLOW
    over = RuleWaiver(rule="ours", object="topic pay.*", reason="r", expires="2023-11-13")
    found = decided(SMALL, strict, waivers=(over,))
    assert found.ruling is Ruling.REFUSE
    assert "expired on 2023-11-13" in found.reasons[0].message


@pytest.mark.parametrize(
    "rule", ["resource.replicas >=", "replicas > 2", "1 + 'a'", "before == null"]
)
def test_what_is_not_cel_is_told_in_one_line(rule: str) -> None:
    told = compiled(rule, "resource")
    assert isinstance(told, str)
    assert "\n" not in told
