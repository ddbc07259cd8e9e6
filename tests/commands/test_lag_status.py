"""A group's status by its lag and the setting alerts.ok_ratio, in `lag` and the daemon alike; and simple consumers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer
from steward.commands.lag.lag import LagParams, LagReport, lag
from steward.daemon.collection.collector import Collector, CollectorPlan
from steward.model.lag import Flag, GroupLag, LagStatus
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime

OBJECTIVE = 60.0
RATE = 5.0


def behind(age: float) -> MovingCluster:
    """A group whose oldest unread record is so many seconds old; 0: nothing is unread."""
    time = VirtualTime()
    cluster = MovingCluster(time, arrivals=RATE, consumed={"app": 0.0})
    time.now += 400
    cluster.advance()
    cluster.arrivals = 0.0
    offset = cluster.end - round(age * RATE)
    cluster.committed["app"] = [float(offset)] * cluster.partitions
    return cluster


def context_of(cluster: MovingCluster, directory: Path, settings: str = "") -> Context:
    (directory / "steward.toml").write_text(settings)
    return Context(
        connect=lambda _: MovingObserver(cluster),
        bootstrap="broker1:9092",
        environ={},
        directory=directory,
        now_ms=cluster.time.now_ms,
        sleep=lambda seconds: setattr(cluster.time, "now", cluster.time.now + seconds),
    )


def measured(answer: Answer[LagReport] | Iterator[Answer[LagReport]]) -> GroupLag:
    assert isinstance(answer, Answer)
    (group,) = answer.data.groups
    return group


CASES = [
    (0.2, 0.0, LagStatus.OK),
    (0.2, 10.0, LagStatus.OK),
    (0.2, 14.0, LagStatus.LAGGING),
    (0.2, 59.0, LagStatus.LAGGING),
    (0.2, 62.0, LagStatus.OVER_OBJECTIVE),
    (0.05, 10.0, LagStatus.LAGGING),
    (0.6, 34.0, LagStatus.OK),
    (0.6, 38.0, LagStatus.LAGGING),
    (0.6, 90.0, LagStatus.OVER_OBJECTIVE),
]


@pytest.mark.parametrize(("ratio", "age", "status"), CASES)
def test_lag_and_the_daemon_judge_alike(
    ratio: float, age: float, status: LagStatus, tmp_path: Path
) -> None:
    context = context_of(behind(age), tmp_path, f"[alerts]\nok_ratio = {ratio}\n")
    answer = lag.handler(LagParams(objective=OBJECTIVE), context)
    assert measured(answer).status is status
    assert answer.data.ok_seconds == pytest.approx(ratio * OBJECTIVE)
    cluster = behind(age)
    plan = CollectorPlan(objective_of=lambda _: OBJECTIVE, ok_ratio=ratio)
    look = Collector(MovingObserver(cluster), plan, monotonic=lambda: cluster.time.now).poll()
    assert [g.status for g in look.groups] == [status]
    assert look.groups[0].value == pytest.approx(age, abs=0.5)


def simple(speed: float) -> MovingCluster:
    cluster = behind(1.0)
    cluster.state, cluster.protocol_type = "Empty", ""
    cluster.arrivals, cluster.consumed = RATE, {"app": speed}
    return cluster


def flags_over(cluster: MovingCluster, tmp_path: Path, looks: int) -> list[bool]:
    """Watch a group every 10 s, and say of each look whether it is taken for a simple consumer."""
    params = LagParams(watch=True, interval=10.0)
    answers = lag.handler(params, context_of(cluster, tmp_path))
    return [
        Flag.SIMPLE_CONSUMER in measured(answer).flags
        for answer, _ in zip(answers, range(looks), strict=False)
    ]


def test_commits_that_move_without_members_stay_a_simple_consumer(tmp_path: Path) -> None:
    assert flags_over(simple(RATE), tmp_path, 12) == [True] * 12


def test_commits_that_are_seen_to_stand_for_a_minute_are_nobody_s(tmp_path: Path) -> None:
    assert flags_over(simple(0.0), tmp_path, 9) == [True] * 6 + [False] * 3


def test_commits_that_move_again_are_a_simple_consumer_again(tmp_path: Path) -> None:
    cluster = simple(0.0)
    context = context_of(cluster, tmp_path)
    answers = iter(lag.handler(LagParams(watch=True, interval=30.0), context))
    seen = [Flag.SIMPLE_CONSUMER in measured(next(answers)).flags for _ in range(4)]
    cluster.consumed = {"app": RATE}
    seen += [Flag.SIMPLE_CONSUMER in measured(next(answers)).flags for _ in range(2)]
    assert seen == [True, True, False, False, True, True]


def test_a_group_whose_members_have_left_is_none(tmp_path: Path) -> None:
    cluster = simple(RATE)
    cluster.protocol_type = "consumer"
    assert flags_over(cluster, tmp_path, 3) == [False] * 3


SETTINGS = """
[alerts]
objective_seconds = 100
[[alerts.override]]
group = "app"
objective_seconds = 50
"""


@pytest.mark.parametrize(
    ("settings", "age", "asked", "status"),
    [
        ("", 70.0, None, LagStatus.OVER_OBJECTIVE),
        ("[alerts]\nobjective_seconds = 100\n", 70.0, None, LagStatus.LAGGING),
        ("[alerts]\nobjective_seconds = 100\n", 70.0, 30.0, LagStatus.OVER_OBJECTIVE),
        (SETTINGS, 70.0, None, LagStatus.OVER_OBJECTIVE),
        (SETTINGS, 40.0, None, LagStatus.LAGGING),
        (SETTINGS, 70.0, 100.0, LagStatus.LAGGING),
    ],
)
def test_without_an_objective_a_group_has_the_one_that_alerts_give_it(
    settings: str, age: float, asked: float | None, status: LagStatus, tmp_path: Path
) -> None:
    context = context_of(behind(age), tmp_path, settings)
    answer = lag.handler(LagParams(objective=asked), context)
    assert measured(answer).status is status
    base = 60.0 if not settings else 100.0
    assert answer.data.objective_seconds == (base if asked is None else asked)
