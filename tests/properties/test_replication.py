"""Whoever judges in-sync replicas judges alike: list, audit, guard, moves, impact, restart gate and daemon."""

from dataclasses import replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.runner import run_checks
from steward.analysis.checks.topic.isr_below_min import isr_below_min
from steward.analysis.impact.layout import layout_of
from steward.analysis.impact.restart_gate import gate
from steward.analysis.rebalance.moves.gates import first_under_min_isr
from steward.change.guard.decide import decide
from steward.change.guard.policy import Policy
from steward.change.planning.build import make_plan
from steward.commands.topic.health import PartitionState, TopicFacts
from steward.daemon.collection.metadata_cache import MetadataCache
from steward.daemon.collection.poll import TopicHealth
from steward.model.change import AlterConfigs, ConfigTarget
from steward.model.impact import RestartRule
from steward.model.instant import Instant
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import Observed
from support.cluster_text import NOW_MS, snapshot_of
from support.fake_observer import FakeObserver
from support.tables import offset_table

NOW = Instant(NOW_MS)
DISTURBING = {"max.message.bytes": "1"}


def _cluster(replicas: list[int], isr: list[int], min_isr: int) -> ClusterSnapshot:
    leader = isr[0]
    line = " ".join(f"{b}*" if b == leader else str(b) for b in replicas)
    return snapshot_of(
        {
            "identity": {"version": "4.3", "controller": 1},
            "brokers": "1@a 2@b 3@c 4@d",
            "topics": {"t": [f"{line} isr {' '.join(map(str, isr))}"]},
            "topic_configs": {"t": {"min.insync.replicas": str(min_isr), "retention.ms": "1"}},
            "quorum": {"leader": 1, "epoch": 3, "voters": {1: 0, 2: 0, 3: 0}},
        }
    )


@st.composite
def partitions(draw: st.DrawFn) -> tuple[list[int], list[int], int]:
    replicas = draw(st.permutations([1, 2, 3, 4]))[: draw(st.integers(1, 4))]
    isr = draw(st.permutations(replicas))[: draw(st.integers(1, len(replicas)))]
    return replicas, isr, draw(st.integers(1, 4))


def _topic(snapshot: ClusterSnapshot) -> Any:
    assert isinstance(snapshot.topics, Observed)
    return snapshot.topics.value[0]


def _listed(snapshot: ClusterSnapshot) -> bool:
    facts, topic = TopicFacts(snapshot), _topic(snapshot)
    state = facts.state(topic.partitions[0])
    assert (facts.health(topic).under_min_isr == 1) is (state is PartitionState.UNDER_MIN_ISR)
    return state is PartitionState.UNDER_MIN_ISR


def _audited(snapshot: ClusterSnapshot) -> bool:
    return bool(run_checks((isr_below_min,), Facts(snapshot, now_ms=NOW_MS)).findings)


def _guarded(snapshot: ClusterSnapshot) -> bool:
    change = AlterConfigs(target=ConfigTarget.TOPIC, name="t", set=DISTURBING)
    plan = make_plan((change,), snapshot, title="t", made_by="me", source="test", now=NOW)
    reasons = decide(plan, snapshot, Policy(), NOW).reasons
    return any(r.rule == "under_min_isr" for r in reasons)


def _moves_wait(snapshot: ClusterSnapshot, min_isr: int) -> bool:
    return first_under_min_isr([_topic(snapshot)], {"t": min_isr}, set()) is not None


def _gate_is_shut(snapshot: ClusterSnapshot) -> bool:
    layout: Any = layout_of(snapshot)
    nobody = layout.alive & False
    judged = gate(layout, snapshot, nobody, nobody[:1])
    return any(r.rule is RestartRule.BELOW_MIN_ISR_NOW for r in judged.reasons)


def _served(snapshot: ClusterSnapshot) -> TopicHealth:
    about = MetadataCache(FakeObserver(snapshot), 60.0)
    table = replace(offset_table({"t": [5]}), states=(_topic(snapshot),))
    about.refresh(table)
    (health,) = about.health(table)
    return health


@given(partitions())
@example(([1], [1], 2))
@example(([1, 2], [1, 2], 3))
@example(([1, 2], [1], 3))
def test_everybody_agrees_on_who_is_below_min_isr(case: tuple[list[int], list[int], int]) -> None:
    replicas, isr, min_isr = case
    snapshot = _cluster(*case)
    below = len(isr) < min(min_isr, len(replicas))
    judged = {
        "list": _listed(snapshot),
        "audit": _audited(snapshot),
        "guard": _guarded(snapshot),
        "moves": _moves_wait(snapshot, min_isr),
        "restart gate": _gate_is_shut(snapshot),
        "daemon": bool(_served(snapshot).under_min_isr),
    }
    assert judged == dict.fromkeys(judged, below)


def test_a_replica_that_is_being_added_is_not_missing_to_the_daemon() -> None:
    moving = {"t-0": {"replicas": [1, 2, 3], "adding": [3], "removing": []}}
    data = {"topics": {"t": ["1* 2 3 isr 1 2"]}, "reassignments": moving}
    for reassignments, under in ((moving, ()), ({}, (0,))):
        snapshot = snapshot_of({**data, "reassignments": reassignments})
        assert _served(snapshot).under_replicated == under
