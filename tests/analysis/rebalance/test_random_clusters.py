"""2,000 random clusters against a second implementation: windows, racks, bytes, bounds, and a second and third plan."""

from collections.abc import Iterator

import numpy as np
import pytest

from steward.analysis.rebalance import planner
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.analysis.rebalance.planner import propose
from support.random_clusters import RandomCase, random_case
from support.rebalance_verifier import Verifier, carried_out

BATCHES = range(0, 1_900, 190)


def failures(case: RandomCase, *, thrice: bool) -> Iterator[str]:
    plan = propose(case.goal, case.layout)
    if not isinstance(plan, ProvedPlacement):
        yield f"refused: {plan}"
        return
    yield from Verifier(case.goal, case.layout).failures(plan)
    result = carried_out(case.layout, plan)
    for number in ("second", "third") if thrice else ("second",):
        again = propose(case.goal, result)
        if not isinstance(again, ProvedPlacement):
            yield f"{number} plan refused: {again}"
            return
        if not np.array_equal(again.replicas, result.replicas):
            yield f"{number} plan moves {again.replicas_moved} replicas, {again.moved_bytes} bytes"
        if not np.array_equal(again.leader, result.leader):
            yield f"{number} plan changes {again.leaders_moved} leaders"
        result = carried_out(result, again)
    if thrice:
        same = propose(case.goal, case.layout)
        assert isinstance(same, ProvedPlacement)
        if not np.array_equal(same.replicas, plan.replicas) or same.notes != plan.notes:
            yield "the same cluster gives another plan"


@pytest.mark.parametrize("first", BATCHES)
def test_clusters_too_large_for_the_exact_search(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "MOST_VARIABLES", 0)
    for seed in range(first, first + BATCHES.step):
        found = list(failures(random_case(seed, 12, 60), thrice=seed % 38 == 0))
        assert not found, (seed, found)


def test_small_clusters_with_the_exact_search() -> None:
    for seed in range(5_000, 5_100):
        found = list(failures(random_case(seed, 6, 14), thrice=seed % 19 == 0))
        assert not found, (seed, found)
