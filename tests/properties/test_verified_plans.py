"""A plan that was forged is refused, or the forgery has no effect on what is done, judged, shown and audited."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.change.guard.decide import decide
from steward.change.guard.policy import Policy
from steward.change.planning.build import make_plan
from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kinds import kind_of
from steward.change.planning.verification import verify
from steward.commands.api.plan_report import planned
from steward.documents.plan import decode, plan_from_plain, plan_id, plan_to_plain
from steward.model.change import CHANGE_KINDS, Change, kind_of_change
from steward.model.error import ConfigurationError, PlanEdited
from steward.model.instant import Instant
from steward.model.plan import GuardDecision, Plan, PlanOutcome, PlanStepStatus
from steward.model.snapshot import ClusterSnapshot
from steward.store.open import Store
from support.cluster_on_file import ClusterOnFile
from support.cluster_text import NOW_MS
from support.every_change import CHANGES, SNAPSHOT, forgeries, plan_of
from support.execution import ALLOW, executor, store_at

NOW = Instant(NOW_MS + 60_000)
PRODUCTION = Policy(protected=("payments.*",))
CIRCUMSTANCES = ("expires_at", "reads", "made_by", "source")
NAMES = [c[0].request + " " + type(c[0]).__name__ + getattr(c[0], "name", "") for c in CHANGES]


@dataclass(frozen=True)
class Seen:
    """What a run did, had judged, showed and wrote to the audit log."""

    performed: tuple[Change, ...]
    shown: tuple[Any, ...]
    decision: GuardDecision
    statuses: tuple[str, ...]
    audited: tuple[tuple[str, str], ...]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path) as opened:
        yield opened


def rehashed(plain: dict[str, Any]) -> Plan | None:
    """Give a forged document the id of its content, as a forger would; None where it cannot even be read."""
    body = {k: v for k, v in plain.items() if k not in ("steward_plan", "checksum")}
    plan: Plan = decode(Plan, body)
    forged = replace(plan, id=plan_id(plan))
    try:
        return plan_from_plain(plan_to_plain(forged), "forged")
    except ConfigurationError:
        return None


def run(plan: Plan, folder: Path, store: Store) -> Seen | str:
    """Carry a plan out on a fresh cluster; return the refusal where it is refused."""
    cluster = ClusterOnFile(folder / f"cluster-{plan.id}")
    cluster.snapshot = SNAPSHOT
    judged: list[tuple[Plan, GuardDecision]] = []

    def judge(left: Plan, seen: ClusterSnapshot) -> GuardDecision:
        judged.append((left, decide(left, seen, PRODUCTION, NOW)))
        return ALLOW

    try:
        execution = executor(cluster, store, plan).run(plan, judge, approved=True).execution
    except PlanEdited as fault:
        assert cluster.performed == []
        assert {a.event for a in store.plans.audited(plan.id)} == {"refused"}
        return fault.summary
    if execution.outcome is PlanOutcome.STALE:
        assert cluster.performed == []
    left, decision = judged[0]
    return Seen(
        performed=tuple(cluster.performed),
        shown=tuple(planned(s) for s in left.steps),
        decision=replace(decision, reasons=tuple(r for r in decision.reasons if r.object.kind != "plan")),
        statuses=tuple(r.status.value for r in execution.results),
        audited=tuple((a.event, a.detail) for a in store.plans.audited(plan.id)),
    )  # fmt: skip


def test_every_kind_of_change_is_tried() -> None:
    assert {kind_of_change(c) for changes in CHANGES for c in changes} == set(CHANGE_KINDS)


@pytest.mark.parametrize("changes", CHANGES, ids=NAMES)
def test_a_forged_field_is_refused_or_without_effect(
    changes: tuple[Change, ...], store: Store, tmp_path: Path
) -> None:
    plan = plan_of(changes)
    honest = run(plan, tmp_path, store)
    assert isinstance(honest, Seen)
    assert honest.performed
    for what, plain in forgeries(plan):
        forged = rehashed(plain)
        if forged is None:
            continue
        if what in CIRCUMSTANCES:  # the id does not depend on them; the checksum does
            forged = replace(forged, repeats=1 + CIRCUMSTANCES.index(what))
            forged = replace(forged, id=plan_id(forged))
        assert forged.id != plan.id, what
        seen = run(forged, tmp_path, store)
        if isinstance(seen, str):
            assert seen.startswith(f"plan {forged.id}, step "), what
        elif " before " in what:  # nobody can tell it from a cluster that has changed since
            assert "stale" in seen.statuses, what
            assert all(change in honest.performed for change in seen.performed), what
        else:
            assert replace(seen, performed=()) == replace(honest, performed=()), what
            assert [kind_of_change(c) for c in seen.performed] == [
                kind_of_change(c) for c in honest.performed
            ]


@pytest.mark.parametrize("changes", CHANGES, ids=NAMES)
def test_only_what_a_plan_relies_on_makes_it_stale(changes: tuple[Change, ...]) -> None:
    plan = plan_of(changes)
    for what, plain in forgeries(plan):
        forged = rehashed(plain)
        if forged is None or " before " in what or not what.startswith("step"):
            continue
        found = verify(forged, SNAPSHOT)
        if "effects" in what or "disuse" in what:
            assert [s.effects for s in found.plan.steps] == [s.effects for s in plan.steps]
        else:
            assert found.discrepancies, what


@given(st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_honest_plan_is_never_refused_whatever_became_of_the_cluster(
    data: st.DataObject,
) -> None:
    """Half of its steps done by somebody else, in any order: what is left runs or is stale, and nothing was edited."""
    chosen = data.draw(st.sets(st.sampled_from(range(len(CHANGES))), min_size=1, max_size=6))
    wished = tuple(c for place in sorted(chosen) for c in CHANGES[place])
    plan = make_plan(wished, SNAPSHOT, title="t", made_by="me", source="test", now=Instant(NOW_MS))
    cluster = ClusterState(SNAPSHOT)
    for step in plan.steps:
        if data.draw(st.booleans()):
            with_ = kind_of(step.change)
            if with_.state(step.change, cluster) == step.before:
                with_.apply(step.change, cluster)
    found = verify(plan, cluster.to_snapshot())
    assert found.discrepancies == ()


texts = st.text(max_size=8) | st.sampled_from(("safe", "topic", "payments.orders", "1,2,3", "none"))
states = st.dictionaries(texts, st.none() | texts, max_size=3)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "object": st.fixed_dictionaries({"kind": texts, "name": texts}),
    "before": states,
    "after": states,
    "risk": st.sampled_from(("safe", "disruptive", "destructive")),
    "effects": st.lists(texts, max_size=2),
    "inverse": st.lists(
        st.sampled_from([plan_to_plain(plan_of(c))["steps"][0]["change"] for c in CHANGES]),
        max_size=2,
    ),
    "irreversible": texts,
    "command": texts,
}


@given(st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_several_fields_forged_at_once_are_refused_or_without_effect(data: st.DataObject) -> None:
    plan = plan_of(data.draw(st.sampled_from(CHANGES)))
    plain = plan_to_plain(plan)
    number = data.draw(st.integers(0, len(plan.steps) - 1))
    chosen = data.draw(st.sets(st.sampled_from(sorted(FIELDS)), min_size=1))
    for field in sorted(chosen):
        plain["steps"][number][field] = data.draw(FIELDS[field])
    forged = rehashed(plain)
    assert forged is not None
    found = verify(forged, SNAPSHOT)
    if found.discrepancies:
        assert found.discrepancies[0].step == number
    elif number in found.ended:
        assert found.ended[number].status is PlanStepStatus.STALE
        assert forged.steps[number].before != plan.steps[number].before
        assert replace(found.plan.steps[number], before={}, after={}) == replace(
            plan.steps[number], before={}, after={}
        )
    else:
        assert found.plan.steps == plan.steps
