"""A running plan, steered from another process through the store: its wish, its progress, who carries it out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.analysis.rebalance.moves.progress import MoveProgress
from steward.change.execution.control import ProgressWriter, RunControl, runs_in
from steward.change.execution.lease import ExecutionLease
from steward.change.planning.build import make_plan
from steward.model.connection import Secret
from steward.model.error import StoreTrouble, StoreUnavailable
from steward.model.instant import Instant
from steward.store.open import Store, open_store
from support.cluster_text import snapshot_of

NOW = 1_700_000_000_000
PLAN = make_plan(
    (), snapshot_of({"identity": {}}), title="t", made_by="me", source="test", now=Instant(NOW)
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(Secret(f"sqlite:///{tmp_path}/steward.db")) as opened:
        yield opened


def wishes(store: Store, lease: ExecutionLease, first: str = "go") -> RunControl:
    return RunControl(
        controls=store.controls, plan_id=PLAN.id, lease=lease, now_ms=lambda: NOW, first=first
    )


def turn_of(store: Store) -> ExecutionLease:
    return ExecutionLease(store.leases, PLAN.cluster_id, PLAN.id)


def test_a_wish_is_heard_and_a_new_run_begins_with_its_own(store: Store) -> None:
    lease = turn_of(store)
    assert lease.take() is None
    steered = wishes(store, lease)
    assert steered.wanted() == "go"
    assert runs_in(store.controls, store.leases, PLAN.id, PLAN.cluster_id) == lease.run
    store.controls.want(PLAN.id, "pause", now_ms=NOW)
    assert steered.wanted() == "pause"
    lease.give_back()
    assert runs_in(store.controls, store.leases, PLAN.id, PLAN.cluster_id) is None
    again = turn_of(store)
    assert again.take() is None
    assert wishes(store, again, "cancel").wanted() == "cancel"


def test_another_plan_on_the_same_cluster_is_not_taken_for_it(store: Store) -> None:
    gone = turn_of(store)
    assert gone.take() is None
    wishes(store, gone).wanted()
    gone.give_back()
    other = turn_of(store)
    assert other.take() is None
    assert runs_in(store.controls, store.leases, PLAN.id, PLAN.cluster_id) is None


def test_a_store_that_is_away_changes_no_wish(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = turn_of(store)
    assert lease.take() is None
    steered = wishes(store, lease)
    steered.wanted()
    store.controls.want(PLAN.id, "pause", now_ms=NOW)
    assert steered.wanted() == "pause"

    def away(*_: object) -> None:
        raise StoreUnavailable("locked", why=StoreTrouble.LOCKED)

    monkeypatch.setattr(store.controls, "find", away)
    assert steered.wanted() == "pause"


def test_progress_is_told_once_a_second_and_in_the_end(store: Store) -> None:
    lease = turn_of(store)
    assert lease.take() is None
    times = iter([0.0, 0.0, 0.5, 0.6, 1.1, 1.1, 1.2, 1.3])
    telling = ProgressWriter(
        controls=store.controls,
        plan_id=PLAN.id,
        lease=lease,
        now_ms=lambda: NOW,
        clock=lambda: next(times),
    )

    def done_after(number: int, left: int = 1) -> int:
        telling.tell(MoveProgress(bytes_done=number, bytes_left=9, done=0, in_flight=0, left=left))
        found = store.controls.progress(PLAN.id)
        assert found is not None
        return found.body["bytes_done"]

    assert done_after(1) == 1
    assert done_after(2) == 1
    assert done_after(3) == 1
    assert done_after(4) == 4
    assert done_after(5, left=0) == 5
