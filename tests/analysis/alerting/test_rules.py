"""Each rule fires on what it names, holds on what cannot be told, and is quiet otherwise."""

import pytest

from steward.analysis.alerting.alert import AlertCondition
from steward.analysis.alerting.facts import Trouble
from steward.analysis.alerting.judging import is_doubtful
from steward.analysis.alerting.machine import Memory
from steward.analysis.alerting.rules import AlertRules, GroupRules, Override
from steward.model.finding import Severity
from steward.model.lag import Basis, Flag
from steward.model.unknown import Unknown, Why
from steward.model.verdict import Action, Cause, Certainty, Verdict
from support.ticks import group, run, seconds, tick, told

OFF_BURN = AlertRules(off=frozenset({AlertCondition.LAG_BURN_FAST, AlertCondition.LAG_BURN_SLOW}))
SILENT = Unknown(Why.UNREACHABLE, "no broker answers")


def lag_told(*lags, **known) -> list[str]:
    return told(run([tick(n, group(lag=lag, **known)) for n, lag in enumerate(lags)], OFF_BURN))


@pytest.mark.parametrize(
    ("lag", "fires"),
    [
        (seconds(61.0), True),
        (seconds(60.0), False),
        (seconds(90.0, 61.0, 120.0, Basis.APPEND), True),
        (seconds(90.0, 59.0, 120.0, Basis.APPEND), False),
        (seconds(61.0, 59.0, 62.0), True),
        (seconds(61.0, 61.0, None), True),
        (seconds(59.0, 58.0, 70.0), False),
    ],
)
def test_lag_fires_where_it_is_proved_or_searched(lag, fires: bool) -> None:
    assert bool(lag_told(lag)) is fires


@pytest.mark.parametrize(
    ("lag", "searched"),
    [
        (seconds(90.0, 61.0, 120.0, Basis.APPEND), False),
        (seconds(61.0, 55.0, 70.0, Basis.APPEND), True),
        (seconds(61.0, 55.0, 70.0), False),
        (seconds(30.0, 25.0, 61.0, Basis.APPEND), False),
    ],
)
def test_only_a_lag_that_the_ring_cannot_prove_is_searched(lag, searched: bool) -> None:
    assert is_doubtful(lag, 60.0) is searched


def test_it_clears_after_three_looks_below_four_fifths() -> None:
    fired, over = "fired lag_over_objective 1", "resolved lag_over_objective 1"
    assert lag_told(70, 40, 40) == [fired]
    assert lag_told(70, 40, 40, 40) == [fired, over]
    assert lag_told(70, 40, 40, 50, 40, 40) == [fired]
    assert lag_told(70, *[50] * 50) == [fired]
    assert lag_told(70, *[seconds(40.0, 40.0, None)] * 5) == [fired], (
        "without upper bound nothing is well"
    )


def test_catching_up_in_time_is_silent_and_too_slow_is_not() -> None:
    assert lag_told(3, 200, 190, 180, catch_up_seconds=None)[0] == "fired lag_over_objective 1"
    before = Memory(seconds={"payments": 210.0})
    ticks = [tick(n, group(lag=200.0 - n, catch_up_seconds=299.0)) for n in range(3)]
    assert told(run(ticks, OFF_BURN, memory=before)) == []
    ticks = [tick(n, group(lag=200.0 - n, catch_up_seconds=301.0)) for n in range(3)]
    assert told(run(ticks, OFF_BURN, memory=before)) == ["fired lag_over_objective 1"]
    ticks = [tick(n, group(lag=220.0 + n, catch_up_seconds=10.0)) for n in range(3)]
    assert told(run(ticks, OFF_BURN, memory=before)) == ["fired lag_over_objective 1"]


def test_markers_are_no_lag() -> None:
    assert lag_told(500.0, flags=frozenset({Flag.MARKER_ONLY})) == []


def test_overrides_by_name_and_by_pattern() -> None:
    rules = AlertRules(
        off=OFF_BURN.off,
        overrides=(
            Override(group="nightly", objective_seconds=3_600.0),
            Override(group="bulk-.*", off=frozenset({AlertCondition.LAG_OVER_OBJECTIVE})),
            Override(group=".*", cluster="test", objective_seconds=600.0),
        ),
    )
    groups = [group(name, 100.0) for name in ("nightly", "bulk-1", "payments")]
    (step,) = run([tick(0, *groups)], rules)
    assert [a.object.name for n in step.notifications for a in n.alerts] == ["payments"]
    assert told(run([tick(0, *groups, cluster="test")], rules)) == []


def test_a_fast_burn_needs_nine_bad_minutes_of_sixty_and_the_last_five() -> None:
    def ticks(bad: int, good: int = 0) -> list:
        return [tick(6 * m, group(lag=70.0)) for m in range(bad)] + [
            tick(6 * (bad + m), group(lag=1.0)) for m in range(good)
        ]

    assert "fired lag_burn_fast 1" not in told(run(ticks(8)))
    assert "fired lag_burn_fast 1" in told(run(ticks(9)))
    assert "resolved lag_burn_fast 1" in told(run(ticks(9, 8)))
    assert "fired lag_burn_slow 1" not in told(run(ticks(21)))
    assert "fired lag_burn_slow 1" in told(run(ticks(22)))
    assert "resolved lag_burn_slow 1" in told(run(ticks(22, 33)))


def test_bad_minutes_far_apart_burn_nothing() -> None:
    ticks = [tick(6 * m, group(lag=70.0 if m % 30 == 0 else 1.0)) for m in range(360)]
    assert not [line for line in told(run(ticks)) if "burn" in line]


def test_data_loss_pages_at_once_whatever_else_is_known() -> None:
    lost = group(lag=seconds(5.0, 5.0, None), lost_records=1_234, catch_up_seconds=1.0)
    (step,) = run([tick(0, lost)])
    (note,) = step.notifications
    assert (note.rule, note.severity) == (AlertCondition.DATA_LOSS, Severity.CRITICAL)
    assert "1,234 records" in note.title
    unknown = group(lag=Unknown(Why.TIMED_OUT, "slow"), flags=frozenset({Flag.DATA_LOSS}))
    assert told(run([tick(0, unknown)])) == ["fired data_loss 1"]


@pytest.mark.parametrize(
    ("loss", "catch_up", "fires"),
    [
        (3_599, None, True),
        (3_601, None, False),
        (7_000, 3_600, True),
        (7_300, 3_600, False),
        (None, 60, False),
    ],
)
def test_loss_is_imminent_within_the_hour_or_before_it_has_caught_up(
    loss, catch_up, fires: bool
) -> None:
    facts = tick(0, group(lag=1.0, loss_in_seconds=loss, catch_up_seconds=catch_up))
    assert told(run([facts])) == (["fired data_loss_imminent 1"] if fires else [])


def test_storms_by_count_or_by_time_not_stable() -> None:
    assert told(run([tick(0, group(rebalances=3, not_stable_ratio=0.1))])) == []
    assert told(run([tick(0, group(rebalances=4))])) == ["fired rebalance_storm 1"]
    assert told(run([tick(0, group(not_stable_ratio=0.11))])) == ["fired rebalance_storm 1"]


def test_lists_of_the_cluster_are_told_as_one() -> None:
    offline = tuple(
        Trouble(name=f"orders-{n}", summary=f"orders-{n} has no leader", source="Metadata")
        for n in range(700)
    )
    (step,) = run([tick(0, partitions_offline=offline)])
    (note,) = step.notifications
    assert len(note.alerts) == 500
    assert note.omitted == 200
    assert "700 firing" in note.title
    assert len(step.memory.alerts) == 700


def test_under_min_isr_for_a_moment_is_an_election() -> None:
    bad = (Trouble(name="orders-0", summary="1 of 2 in sync", source="Metadata"),)
    steps = run([tick(n, partitions_under_min_isr=bad) for n in range(5)])
    assert [bool(s.notifications) for s in steps] == [False, False, False, True, False]
    assert told(run([tick(0, partitions_under_min_isr=bad), tick(1), tick(9)])) == []


def test_unknown_is_an_alert_of_its_own_and_holds_what_fires() -> None:
    steps = run(
        [tick(0, group(lag=70.0))] + [tick(n, group(lag=SILENT)) for n in range(1, 9)], OFF_BURN
    )
    assert told(steps) == ["fired lag_over_objective 1", "fired lag_unknown 1"]
    assert told(run([tick(n, group(lag=1.0, unknown_partitions=2)) for n in range(8)])) == [
        "fired lag_unknown 1"
    ]
    none = Unknown(Why.NOT_COMMITTED, "nothing is committed")
    assert told(run([tick(n, group(lag=none)) for n in range(9)])) == []
    assert told(run([tick(n, unknown_groups={"payments": SILENT}) for n in range(8)])) == [
        "fired lag_unknown 1"
    ]


def test_a_cluster_that_is_not_seen_is_stale_and_keeps_its_alerts() -> None:
    steps = run(
        [tick(0, group(lag=70.0), partitions_offline=(Trouble(name="a-0", summary="x", source="y"),))]
        + [tick(n, unseen=SILENT, age_seconds=n * 10.0) for n in range(1, 9)]
        + [tick(n, group(lag=1.0)) for n in range(9, 13)],
        OFF_BURN,
    )  # fmt: skip
    said = told(steps)
    assert said[:3] == [
        "fired partition_offline 1",
        "fired lag_over_objective 1",
        "fired stale 1",
    ]
    assert sorted(said[3:]) == [
        "resolved lag_over_objective 1",
        "resolved partition_offline 1",
        "resolved stale 1",
    ]
    assert bool(steps[4].notifications), "stale at more than three intervals"


def test_a_list_that_was_denied_is_unseen_and_holds() -> None:
    bad = (Trouble(name="orders-0", summary="no leader", source="Metadata"),)
    denied = Unknown(Why.DENIED, "", "DESCRIBE on TOPIC")
    steps = run(
        [tick(0, partitions_offline=bad)]
        + [tick(n, partitions_offline=denied) for n in range(1, 12)]
    )
    assert told(steps) == ["fired partition_offline 1", "fired unseen 1"]
    assert "DESCRIBE on TOPIC" in steps[7].notifications[0].title


def test_a_group_that_is_gone_is_over_and_one_that_may_be_hidden_is_not() -> None:
    assert told(run([tick(0, group(lag=70.0)), tick(1), tick(2), tick(3)], OFF_BURN)) == [
        "fired lag_over_objective 1",
        "resolved lag_over_objective 1",
    ]
    hidden = [tick(n, groups_complete=False) for n in range(1, 9)]
    assert told(run([tick(0, group(lag=70.0)), *hidden], OFF_BURN)) == [
        "fired lag_over_objective 1"
    ]


def test_the_diagnosis_is_in_the_alert_and_its_action_the_remedy() -> None:
    verdict = Verdict(
        cause=Cause.UNDER_CAPACITY, confidence=Certainty.LIKELY, summary="5 members do 25/s of 30/s",
        evidence=(), actions=(Action(summary="add 5 members", command=None),),
    )  # fmt: skip
    (step,) = run([tick(0, group(lag=70.0, verdict=verdict))], OFF_BURN)
    (alert,) = step.notifications[0].alerts
    assert alert.verdict == verdict
    assert alert.remedy is not None
    assert alert.remedy.summary == "add 5 members"


def test_rules_that_are_off_say_nothing() -> None:
    rules = AlertRules(
        groups=GroupRules(off=frozenset(AlertCondition)), off=frozenset(AlertCondition)
    )
    facts = tick(
        0, group(lag=500.0, lost_records=1), partitions_offline=SILENT, age_seconds=100.0, unseen=None
    )  # fmt: skip
    assert told(run([facts], rules)) == []
