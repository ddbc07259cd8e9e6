"""Who has to agree to what: names, the plan's id, and what is not enough."""

from typing import Any

import pytest

from steward.change.planning.build import make_plan
from steward.commands.api.consent import ConsentParams, ConsentQuestion, Objection, objection
from steward.commands.api.plan_report import PlanReport, report_of
from steward.model.acl import AclBinding
from steward.model.change import Change, CreateAcl, CreateTopic, DeleteRecords
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import GuardDecision, GuardReason, Ruling
from support.cluster_text import NOW_MS, snapshot_of

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a",
    "topics": {"orders": "2x"},
    "offsets": {"orders-0": [0, 9], "orders-1": [0, 9]},
}
TRIM = (DeleteRecords(topic="orders", before={TopicPartition("orders", n): 5 for n in (0, 1)}),)
ACL = CreateAcl(acl=AclBinding("TOPIC", "orders", "LITERAL", "User:app", "*", "READ", "ALLOW"))
TWO = (
    CreateTopic(name="a", partitions=1, replication_factor=1),
    CreateTopic(name="b", partitions=1, replication_factor=1),
)


def report(*changes: Change, approve: bool = False, environment: str = "production") -> PlanReport:
    plan = make_plan(
        changes, snapshot_of(CLUSTER), title="t", made_by="me", source="s", now=Instant(NOW_MS)
    )
    reasons = tuple(
        GuardReason(rule="r", ruling=Ruling.APPROVE, object=s.object, message="m", step=i)
        for i, s in enumerate(plan.steps)
    )
    ruling = Ruling.APPROVE if approve else Ruling.ALLOW
    decision = GuardDecision(ruling=ruling, reasons=reasons if approve else ())
    return report_of(plan, decision, environment=environment, kept=True)


def missing(found: PlanReport, **given: Any) -> str:
    missing_ = objection(found, ConsentParams(**given), cluster="prod", ask=None)
    return "" if missing_ is None else missing_.message


def test_yes_is_enough_where_the_guard_simply_allows() -> None:
    assert missing(report(*TWO), yes=True) == ""
    assert "--yes" in missing(report(*TWO))


def test_where_a_person_has_to_agree_yes_is_not_enough() -> None:
    trim = report(*TRIM, approve=True)
    assert "--confirm orders" in missing(trim, yes=True)
    assert missing(trim, confirm=("orders",)) == ""
    assert missing(trim, confirm=(trim.id,)) == ""
    assert missing(trim, confirm=("order",))


def test_of_several_objects_all_are_named_or_the_plan_is() -> None:
    found = report(*TWO, approve=True)
    assert f"--confirm {found.id}" in missing(found, yes=True)
    assert missing(found, confirm=("a",))
    assert missing(found, confirm=("a", "b")) == ""


@pytest.mark.parametrize(
    ("environment", "approve", "typed"),
    [
        ("production", False, "orders"),
        ("development", False, ""),
        ("development", True, "orders"),
    ],
)
def test_what_a_person_types(environment: str, approve: bool, typed: str) -> None:
    found = report(ACL, approve=approve, environment=environment)
    asked: list[ConsentQuestion] = []

    def ask(question: ConsentQuestion) -> bool:
        asked.append(question)
        return True

    assert objection(found, ConsentParams(), cluster="c", ask=ask) is None
    assert asked[0].type == typed


def test_a_person_who_says_no_is_heard() -> None:
    found = report(*TWO)
    said = objection(found, ConsentParams(), cluster="c", ask=lambda _: False)
    assert said == Objection("Cancelled", declined=True)
    assert found.steps[0].object == ObjectRef("topic", "a")
