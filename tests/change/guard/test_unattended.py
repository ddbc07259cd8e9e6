"""What may run with nobody there: a law over all plans, whatever the guard says and the caller withholds."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from steward.change.guard.manual_only import manual_only_steps
from steward.model.acl import AclBinding
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    CreateAcl,
    CutRetention,
    DeleteAcl,
    ElectLeader,
    UpsertScram,
)
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import GuardDecision, GuardReason, Plan, Risk, Ruling, Step, strictest

ACL = AclBinding("TOPIC", "orders", "LITERAL", "User:app", "*", "READ", "ALLOW")
CHANGES: tuple[Change, ...] = (
    AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"a": "1"}),
    CreateAcl(acl=ACL),
    DeleteAcl(acl=ACL),
    UpsertScram(user="u", mechanism="SCRAM-SHA-512", iterations=8192, password_from="env:P"),
    ElectLeader(partition=TopicPartition("orders", 0)),
    CutRetention(topic="orders", set={}, first={}, number=1, of=1, pause_seconds=0),
)
STEPS = st.builds(
    Step,
    change=st.sampled_from(CHANGES),
    object=st.sampled_from([ObjectRef("topic", n) for n in "abcd"]),
    before=st.just({"a": "0"}),
    after=st.just({"a": "1"}),
    risk=st.sampled_from(Risk),
)


def _plan(steps: list[Step]) -> Plan:
    return Plan(
        id="p", title="t", cluster_id="c", created_at=Instant(0), expires_at=Instant(1), made_by="me",
        source="s", version="1", steps=tuple(steps),
    )  # fmt: skip


@st.composite
def cases(draw: Any) -> tuple[Plan, GuardDecision, dict[int, str]]:
    plan = _plan(draw(st.lists(STEPS, min_size=1, max_size=8)))
    places = st.integers(0, len(plan.steps) - 1)
    reasons = tuple(
        GuardReason(rule="r", ruling=ruling, object=plan.steps[place].object, message="m",
               step=place if own else None)
        for place, ruling, own in draw(
            st.lists(st.tuples(places, st.sampled_from(Ruling), st.booleans()), max_size=3)
        )
    )  # fmt: skip
    own = dict.fromkeys(draw(st.lists(places, max_size=2)), "not to be enforced")
    return plan, GuardDecision(ruling=strictest(reasons), reasons=reasons), own


@given(cases())
def test_what_runs_is_harmless_allowed_and_in_order(
    case: tuple[Plan, GuardDecision, dict[int, str]],
) -> None:
    plan, decision, own = case
    kept = manual_only_steps(plan, decision, own)
    assert set(own) <= set(kept)
    assert all(kept.values())
    for place, step in enumerate(plan.steps):
        if place in kept:
            continue
        assert step.risk is not Risk.DESTRUCTIVE
        assert not isinstance(step.change, UpsertScram | ElectLeader | CutRetention)
        assert not any(
            r.ruling is not Ruling.ALLOW
            and (r.step == place or (r.step is None and r.object == step.object))
            for r in decision.reasons
        )
        earlier = [p for p in kept if p < place]
        assert all(plan.steps[p].object != step.object for p in earlier)
        assert not earlier or step.risk is Risk.SAFE


@given(cases())
def test_nothing_is_withheld_without_a_reason(
    case: tuple[Plan, GuardDecision, dict[int, str]],
) -> None:
    plan, decision, _ = case
    safe = all(
        s.risk is Risk.SAFE and isinstance(s.change, AlterConfigs | CreateAcl | DeleteAcl)
        for s in plan.steps
    )
    if safe and decision.ruling is Ruling.ALLOW:
        assert manual_only_steps(plan, decision, {}) == {}
