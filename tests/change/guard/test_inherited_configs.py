"""Brokers' configuration is judged by the topics that inherit it, as if it were set on each of them."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from steward.change.guard.decide import decide
from steward.change.guard.policy import Policy
from steward.change.planning.build import make_plan, simulate
from steward.change.planning.config_inheritance import BROKER_KEYS
from steward.model.change import AlterConfigs, ConfigTarget
from steward.model.instant import Instant
from steward.model.plan import GuardDecision, Ruling
from support.cluster_text import NOW_MS, snapshot_of

NOW = Instant(NOW_MS)
IDENTITY = {"version": "4.3", "controller": 1}
MIN_ISR = "min.insync.replicas"
CLUSTER: dict[str, Any] = {
    "identity": IDENTITY,
    "brokers": "1 2 3 4",
    "topics": {"own": ["1* 2 3"], "plain": ["1* 2 3"], "elsewhere": ["2* 3 4"]},
    "topic_configs": {
        "own": {MIN_ISR: "2", "retention.ms": "1000000"},
        "plain": {MIN_ISR: ["2", "STATIC_BROKER_CONFIG"], "retention.ms": ["604800000", "DEFAULT_CONFIG"]},
        "elsewhere": {},
    },
    "broker_configs": {"*": {MIN_ISR: "2", "log.retention.hours": "168", "log.segment.bytes": "1073741824"}},
}  # fmt: skip


def _alter(name: str = "", remove: tuple[str, ...] = (), **by_key: str) -> AlterConfigs:
    named = {k.replace("_", "."): v for k, v in by_key.items()}
    return AlterConfigs(target=ConfigTarget.BROKER, name=name, set=named, remove=remove)


def _decided(
    *changes: AlterConfigs, cluster: Mapping[str, Any] = CLUSTER, **policy: Any
) -> GuardDecision:
    seen = snapshot_of(cluster)
    plan = make_plan(changes, seen, title="t", made_by="me", source="test", now=NOW)
    return decide(plan, seen, Policy(**policy), NOW)


def _messages(decision: GuardDecision, rule: str) -> list[str]:
    return [r.message for r in decision.reasons if r.rule == rule]


def test_a_default_is_refused_as_it_is_on_a_topic_and_names_who_inherits() -> None:
    decision = _decided(_alter(min_insync_replicas="1"))
    assert decision.ruling is Ruling.REFUSE
    (message,) = _messages(decision, "min_isr_below_two")
    assert "would be 1 for 2 topics that inherit it (elsewhere, plain)" in message


def test_of_one_broker_the_topics_on_it_are_judged() -> None:
    (message,) = _messages(_decided(_alter("1", min_insync_replicas="1")), "min_isr_below_two")
    assert "1 topic that inherits it (plain)" in message
    own = _decided(_alter("4", min_insync_replicas="3"))
    (message,) = _messages(own, "min_isr_equals_replication_factor")
    assert "(elsewhere)" in message


def test_a_value_of_its_own_keeps_a_topic_and_a_broker_out_of_it() -> None:
    only_own = CLUSTER | {"topics": {"own": ["1* 2 3"]}}
    decision = _decided(_alter(min_insync_replicas="1"), cluster=only_own)
    assert _messages(decision, "min_isr_below_two") == []
    layers = [[MIN_ISR, "2", "DYNAMIC_BROKER_CONFIG"], [MIN_ISR, "2", "DEFAULT_CONFIG"]]
    entry = {"value": "2", "source": "DYNAMIC_BROKER_CONFIG", "synonyms": layers}
    pinned = {"*": {MIN_ISR: entry}}
    decision = _decided(
        _alter(min_insync_replicas="1"), cluster=CLUSTER | {"broker_configs": pinned}
    )
    assert decision.ruling is Ruling.ALLOW


def test_a_shorter_default_retention_is_destructive_in_whatever_unit() -> None:
    for change in (_alter(log_retention_ms="3600000"), _alter(log_retention_hours="1")):
        decision = _decided(change)
        (message,) = _messages(decision, "inherited_by_topics")
        assert "(elsewhere, plain): retention.ms 604800000 -> 3600000" in message
        assert "destructive" in {r.rule for r in decision.reasons}
    assert _decided(_alter(log_retention_hours="336")).ruling is Ruling.ALLOW


def test_a_reset_is_judged_by_what_comes_up_from_beneath() -> None:
    layers = [
        [MIN_ISR, "2", "DYNAMIC_DEFAULT_BROKER_CONFIG"],
        [MIN_ISR, "1", "DEFAULT_CONFIG"],
    ]
    entry = {"value": "2", "source": "DYNAMIC_DEFAULT_BROKER_CONFIG", "synonyms": layers}
    cluster = CLUSTER | {"broker_configs": {"*": {MIN_ISR: entry}}}
    decision = _decided(_alter(remove=(MIN_ISR,)), cluster=cluster)
    (message,) = _messages(decision, "min_isr_below_two")
    assert "2 topics that inherit it" in message


def test_what_a_topic_falls_back_to_is_the_default_as_the_plan_leaves_it() -> None:
    chain = [[MIN_ISR, "2", "DYNAMIC_TOPIC_CONFIG"], [MIN_ISR, "2", "STATIC_BROKER_CONFIG"]]
    own = {"value": "2", "source": "DYNAMIC_TOPIC_CONFIG", "synonyms": chain}
    cluster = CLUSTER | {"topics": {"own": ["1* 2 3"]}, "topic_configs": {"own": {MIN_ISR: own}}}
    reset = AlterConfigs(target=ConfigTarget.TOPIC, name="own", remove=(MIN_ISR,))
    assert _decided(reset, cluster=cluster).ruling is not Ruling.REFUSE
    decision = _decided(_alter(min_insync_replicas="1"), reset, cluster=cluster)
    assert _messages(decision, "min_isr_below_two")


def test_protected_topics_are_protected_from_their_brokers_too() -> None:
    decision = _decided(_alter(log_retention_ms="1"), protected=("elsewhere",))
    (message,) = _messages(decision, "protected")
    assert "1 protected topic: elsewhere" in message


@pytest.mark.parametrize("part", ["topics", "topic_configs"])
def test_topics_that_cannot_be_seen_may_inherit(part: str) -> None:
    blind = CLUSTER | {part: "denied: DESCRIBE on cluster"}
    decision = _decided(_alter(unclean_leader_election_enable="true"), cluster=blind)
    assert decision.ruling is Ruling.REFUSE
    assert "inheriting_topics_unknown" in {r.rule for r in decision.reasons}


def test_bytes_of_topics_that_inherit_count_as_destroyed() -> None:
    cluster = CLUSTER | {"log_dirs": {1: {"/d": {"plain-0": 5_000, "elsewhere-0": 1, "own-0": 9}}}}
    change = _alter(log_retention_ms="1")
    refused = _decided(change, cluster=cluster, max_destroyed_bytes=5_000)
    assert "5,001 bytes" in _messages(refused, "too_many_bytes")[0]
    assert not _messages(_decided(change, cluster=cluster, max_destroyed_bytes=5_001), "too_many_bytes")  # fmt: skip


NAMES = sorted({name for names in BROKER_KEYS.values() for name, factor in names if factor == 1})
VALUES = st.sampled_from(
    [
        "0",
        "1",
        "2",
        "3",
        "1000",
        "604800000",
        "-1",
        "true",
        "false",
        "compact",
        "delete",
        "uncompressed",
    ]
)


@given(st.sampled_from(NAMES), VALUES, VALUES)
def test_no_default_is_judged_more_mildly_than_the_same_on_a_topic(
    name: str, old: str, new: str
) -> None:
    key = next(key for key, names in BROKER_KEYS.items() if name in {n for n, _ in names})
    cluster = CLUSTER | {
        "topics": {"plain": ["1* 2 3"]},
        "topic_configs": {"plain": {key: [old, "STATIC_BROKER_CONFIG"]}},
        "broker_configs": {"*": {name: old}},
    }
    seen = snapshot_of(cluster)
    on_topic = AlterConfigs(target=ConfigTarget.TOPIC, name="plain", set={key: new})
    rulings = []
    for change in (on_topic, _alter(**{name: new}), _alter("1", **{name: new})):
        plan = make_plan([change], seen, title="t", made_by="me", source="test", now=NOW)
        assume(not plan.impossible)  # some values are no values of the key
        rulings.append(list(Ruling).index(decide(plan, seen, Policy(), NOW).ruling))
    if old != new:
        assert min(rulings[1:]) >= rulings[0]


@given(st.sampled_from(NAMES), VALUES, st.sampled_from(["", "1", "4"]))
def test_simulated_topics_hold_what_their_brokers_give_them(
    name: str, value: str, broker: str
) -> None:
    key = next(key for key, names in BROKER_KEYS.items() if name in {n for n, _ in names})
    cluster = CLUSTER | {"broker_configs": {"*": {name: "7"}}, "topic_configs": {"own": {key: "5"}}}
    seen = snapshot_of(cluster)
    plan = make_plan(
        [_alter(broker, **{name: value})], seen, title="t", made_by="me", source="test", now=NOW
    )
    assume(plan.steps)  # some values are no values of the key
    after = simulate(plan, seen).topic_configs
    found = {topic: entries.get(key) for topic, entries in after.value.items()}  # type: ignore[union-attr]
    assert found["own"].value == "5"
    hosts = {"": {"plain", "elsewhere"}, "1": {"plain"}, "4": {"elsewhere"}}[broker]
    for topic in ("plain", "elsewhere"):
        entry = found[topic]
        held = plan.steps[0].after[name]
        assert (entry.value if entry else None) == (held if topic in hosts else None)
