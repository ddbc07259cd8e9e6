"""The looks of an audit: what is watched over time, and that time is the looks' own."""

import inspect
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from steward.analysis.checks.catalog import CHECKS
from steward.analysis.checks.thresholds import Thresholds
from steward.commands.api.context import Context
from steward.commands.check.audit import judged_facts, needed_parts, observe_for_checks
from steward.model.connection import Environment
from steward.model.snapshot import Part
from support.cluster_text import NOW_MS, snapshot_of
from support.fake_observer import FakeObserver

BY_NAME = {check.name: check for check in CHECKS}
CLUSTER: dict[str, Any] = {}


def context(pauses: list[float]) -> Context:
    return cast(
        "Context",
        SimpleNamespace(
            wait=lambda seconds, *_, **__: pauses.append(seconds),
            progress=lambda _: None,
            now_ms=lambda: NOW_MS,
            profile=SimpleNamespace(criticality={}),
            connection=SimpleNamespace(environment=Environment.DEVELOPMENT),
        ),
    )


def looked(names: Iterable[str], window: float) -> tuple[FakeObserver, list[float]]:
    chosen = tuple(BY_NAME[name] for name in names)
    observer, pauses = FakeObserver(snapshot_of(CLUSTER, NOW_MS)), list[float]()
    observe_for_checks(cast("Any", observer), needed_parts(chosen), chosen, window, context(pauses))
    return observer, pauses


def test_it_waits_only_for_checks_that_need_history() -> None:
    observer, pauses = looked(["min_isr_one", "disk_nearly_full"], 6.0)
    assert len(observer.asked) == 1
    assert not pauses


def test_once_it_waits_earlier_looks_hold_all_that_moves() -> None:
    observer, pauses = looked(["rebalance_storm", "disk_nearly_full", "min_isr_one"], 6.0)
    assert sum(pauses) == pytest.approx(6.0)
    for parts, _ in observer.asked[:-1]:
        assert {Part.GROUPS, Part.LOG_DIRS} <= parts
        assert Part.TOPIC_CONFIGS not in parts


def test_a_look_is_judged_by_its_own_clock() -> None:
    snapshots = tuple(snapshot_of(CLUSTER, NOW_MS - ago) for ago in (6000, 3000, 0))
    facts = judged_facts(snapshots, Thresholds(), context([]))
    assert [facts.now_ms - earlier.now_ms for earlier in facts.earlier] == [6000, 3000]


def test_every_check_that_demands_history_says_so() -> None:
    """On a single look, no check may end in unknown for want of history unless it declares the need."""
    for check in CHECKS:
        demands = "facts.require_history()" in inspect.getsource(check.examine)
        assert check.asks_history or not demands, check.name
