"""What cancelling a plan does to each of its moves, told before anybody is asked."""

from typing import Any

from steward.change.execution.moves.cancel_preview import CancelEffect, cancelled_moves
from steward.change.planning.build import make_plan
from steward.commands.api.plan_report import report_of
from steward.commands.plan.cancel_moves import CancelQuestion, CancelRow
from steward.commands.plan.change_command import plan_fields
from steward.interfaces.views.arranged import arrange_data
from steward.interfaces.views.blocks import Prose, Table
from steward.model.change import ReassignPartition
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import GuardDecision, Plan, Ruling
from support.cluster_text import NOW_MS, snapshot_of
from support.fake_observer import FakeObserver

NAMES = ("arrived", "foreign", "frail", "moving", "waiting")
STILL: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3@c 4@a",
    "topics": {name: ["1* 2 3"] for name in NAMES},
    "topic_configs": {name: {"min.insync.replicas": "2"} for name in NAMES},
    "broker_configs": {"*": {}},
    "log_dirs": {},
}
COPYING = {"replicas": [2, 3, 4, 1], "adding": [4], "removing": [1]}
MOVED: dict[str, Any] = {
    **STILL,
    "topics": {
        "arrived": ["2* 3 4"],
        "foreign": ["1* 2 4"],
        "frail": ["2 3 4* 1 isr 4"],
        "moving": ["2 3 4 1* isr 1 2 3"],
        "waiting": ["1* 2 3"],
    },
    "reassignments": {"moving-0": COPYING, "frail-0": COPYING},
}


def plan_of_moves() -> Plan:
    changes = [
        ReassignPartition(partition=TopicPartition(name, 0), replicas=(2, 3, 4)) for name in NAMES
    ]
    plan = make_plan(
        changes, snapshot_of(STILL), title="t", made_by="me", source="test", now=Instant(NOW_MS)
    )
    assert [s.object.name for s in plan.steps] == [f"{name}-0" for name in NAMES]
    return plan


def test_each_move_says_what_becomes_of_it_and_where_it_returns_to() -> None:
    begun = frozenset(range(len(NAMES))) - {NAMES.index("waiting")}
    found = cancelled_moves(plan_of_moves(), begun, FakeObserver(snapshot_of(MOVED)))
    assert not isinstance(found, str)
    assert {m.partition.topic: m.effect for m in found} == {
        "arrived": CancelEffect.STAYS,
        "foreign": CancelEffect.OTHERS,
        "frail": CancelEffect.FINISHES,
        "moving": CancelEffect.RETURNS,
        "waiting": CancelEffect.NOT_STARTED,
    }
    assert found[0].partition.topic == "moving"  # what is stopped comes first
    assert (found[0].original, found[0].now) == ((1, 2, 3), (2, 3, 4, 1))
    reasons = {m.partition.topic: m.reason for m in found}
    assert "only 0 of the original replicas in sync" in reasons["frail"]


def test_a_cluster_that_cannot_be_observed_is_said() -> None:
    blind = snapshot_of({**MOVED, "topics": "unreachable: broker 1"})
    found = cancelled_moves(plan_of_moves(), frozenset(), FakeObserver(blind))
    assert isinstance(found, str)
    assert found


def test_a_person_is_shown_the_moves_and_not_the_plans_steps() -> None:
    plan = plan_of_moves()
    report = report_of(
        plan, GuardDecision(ruling=Ruling.ALLOW), environment="development", kept=True
    )
    rows = (
        CancelRow(
            partition=ObjectRef("partition", "moving-0"),
            effect="returns",
            now=(2, 3, 4, 1),
            returns_to=(1, 2, 3),
            reason="",
        ),
    )
    blocks = arrange_data(CancelQuestion(**plan_fields(report), moves=rows), wide=False)
    said = [b.text for b in blocks if isinstance(b, Prose)]
    assert "1 move: 1 to stop and return" in said
    (table,) = [b for b in blocks if isinstance(b, Table)]
    assert (1, 2, 3) in table.rows[0]
