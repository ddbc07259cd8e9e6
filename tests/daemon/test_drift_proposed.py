"""Drift proposed by the daemon: a plan that leads back, kept once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.model.change import (
    AlterQuota,
)
from steward.model.drift import DriftMode, DriftModes
from support.drift_setting import Setting, drifting, shorter


@pytest.fixture
def proposing(tmp_path: Path) -> Iterator[Setting]:
    with drifting(tmp_path, DriftModes(every=DriftMode.PROPOSE)) as setting:
        yield setting


def test_a_proposal_is_kept_once_told_with_the_alert_and_leads_back(proposing: Setting) -> None:
    proposing.look()
    proposing.cluster.alter(shorter())
    seen = proposing.look()
    (trouble,) = seen.troubles
    assert f"plan {seen.plan_id[:12]} restores the manifest" in trouble.summary
    assert trouble.remedy is not None
    assert str(trouble.remedy.command) == f"steward --cluster prod plan execute {seen.plan_id[:12]}"
    assert proposing.look().plan_id == seen.plan_id
    assert [h.id for h in proposing.store.plans.heads(10)] == [seen.plan_id]
    assert proposing.cluster.performed == []
    plan = proposing.store.plans.find(seen.plan_id)
    proposing.cluster.alter(*(s.change for s in plan.steps))
    assert proposing.look().troubles == ()


def test_a_proposal_that_grows_or_ages_is_made_again(proposing: Setting) -> None:
    proposing.look()
    proposing.cluster.alter(shorter())
    first = proposing.look().plan_id
    proposing.cluster.alter(shorter("users"))
    second = proposing.look()
    assert second.plan_id != first
    assert all(second.plan_id[:12] in t.summary for t in second.troubles)
    made = proposing.store.plans.find(second.plan_id)
    third = proposing.look(13 * 3600)
    assert third.plan_id == second.plan_id  # the same steps on the same state
    lasting = proposing.store.plans.find(third.plan_id)
    assert lasting.steps == made.steps
    assert len(lasting.steps) == 2
    assert lasting.expires_at > made.expires_at


def test_each_kind_has_its_own_mode(tmp_path: Path) -> None:
    modes = DriftModes(every=DriftMode.REPORT, own={"quotas": DriftMode.PROPOSE})
    with drifting(tmp_path, modes) as setting:
        setting.cluster.alter(
            shorter(), AlterQuota(entity=(("user", "app"),), set={"producer_byte_rate": 9.0})
        )
        seen = setting.look()
        steps = setting.store.plans.find(seen.plan_id).steps
    assert [s.object.kind for s in steps] == ["quota"]
    quota, topic = seen.troubles
    assert "restores the manifest" in quota.summary
    assert "restores the manifest" not in topic.summary
