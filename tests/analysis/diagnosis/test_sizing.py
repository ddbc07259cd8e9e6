"""The worked example as people read it: members to 10, whether that suffices, the query cheaper, partitions last."""

from typing import Any

import pytest

from steward.analysis.diagnosis.capacity import GroupLoad, advise
from steward.analysis.diagnosis.decide import diagnose
from steward.analysis.diagnosis.sizing import advice_of, capacity_of
from steward.model.unknown import NotApplicable, Unknown
from support.case_text import case_of


def told(arrivals: float, members: int = 5, backlog: float = 0.0, service: float = 0.2) -> str:
    load = GroupLoad(
        partitions=10, members=members, arrivals_per_second=arrivals, service_seconds=service,
        backlog_records=backlog,
    )  # fmt: skip
    return "\n".join(advice_of(load, advise(load)))


def test_thirty_a_second_ten_members_suffice() -> None:
    text = told(30, backlog=18_000)
    assert text.startswith("scale to 10 members: utilisation falls from 120% to 60%")
    assert "the backlog of 18,000 drains in 15m" in text
    assert "With 6 to 9 members the busiest one still reads 2 partitions: no gain" in text
    assert "5 members suffice at 117ms a record (now 200ms), 10 members at 233ms" in text
    assert "last resort" not in text


def test_forty_a_second_ten_hold_above_target() -> None:
    text = told(40)
    assert (
        "scale to 10 members: utilisation falls from 160% to 80% (above the target of 70%)" in text
    )
    assert "12 partitions and 12 members" in text


def test_sixty_a_second_ten_are_not_enough() -> None:
    text = told(60)
    assert (
        "scale to 10 members, but that is not enough: they process 50 records/s, 60 arrive" in text
    )
    assert "18 partitions and 18 members" in text
    assert "10 members at 117ms" in text
    assert text.index("scale to 10") < text.index("cheaper") < text.index("last resort")


def test_twenty_a_second_five_suffice_after_all() -> None:
    # 0.80 is above the target and below 1: they keep up, and ten would hold it
    assert "utilisation falls from 80% to 40%" in told(20)
    assert told(15).startswith("5 members suffice: utilisation is 60%")


def test_a_fixed_query_needs_nobody() -> None:
    assert told(60, service=0.02).startswith("5 members suffice: utilisation is 24%")


def test_members_for_every_partition_already() -> None:
    assert told(60, members=10).startswith("more members do not help")


GIVEN: dict[str, Any] = {
    "members": 5,
    "partitions": {
        "orders-0..9": {
            "spread": ["m1", "m2", "m3", "m4", "m5"], "arrivals": 3, "consumed": 2.5, "rhythm": 4,
            "unread": 270, "age": 95,
        }
    },
}  # fmt: skip


def test_the_lag_spike_as_it_is_observed() -> None:
    capacity = capacity_of(case_of(GIVEN))
    assert capacity.partitions == 10
    assert capacity.members == 5
    assert capacity.service_seconds == pytest.approx(0.2)
    assert capacity.utilisation == pytest.approx(1.2)
    assert capacity.members_needed == 10
    assert capacity.partitions_needed is None
    assert capacity.catch_up_seconds is None
    assert [(o.members, o.utilisation) for o in capacity.options] == [(5, 1.2), (10, 0.6)]
    assert capacity.options[1].catch_up_seconds == pytest.approx(2700 / 20)


def test_range_shares_out_no_more_than_the_largest_topic_has() -> None:
    given = {
        "group": {"assignor": "range"},
        "members": 4,
        "partitions": {
            "a-0..3": {"spread": ["m1", "m2", "m3", "m4"], "arrivals": 5, "consumed": 5, "unread": 5},
            "b-0..1": {"spread": ["m1", "m2"], "arrivals": 5, "consumed": 5, "unread": 5},
        },
    }  # fmt: skip
    assert capacity_of(case_of(given)).partitions == 4
    given["group"] = {"assignor": "cooperative-sticky"}
    assert capacity_of(case_of(given)).partitions == 6


def test_what_a_member_manages_is_unknown_while_it_has_time() -> None:
    given: dict[str, Any] = {
        "members": 1,
        "partitions": {"orders-0": {"owner": "m1", "arrivals": 5, "consumed": 5, "unread": 5}},
    }
    capacity = capacity_of(case_of(given))
    assert isinstance(capacity.service_rate_per_member, Unknown)
    assert isinstance(capacity.utilisation, NotApplicable)
    idle = {**given, "clients": [{"client": "m1", "poll_idle_ratio": 0.75}]}
    assert capacity_of(case_of(idle)).service_rate_per_member == pytest.approx(20, rel=0.1)


def test_uneven_work_shows_in_the_busiest_member() -> None:
    given = {
        "members": 2,
        "partitions": {
            "orders-0": {"owner": "m1", "arrivals": 30, "consumed": 20, "rhythm": 3, "unread": 3000, "age": 90},
            "orders-1": {"owner": "m2", "arrivals": 2, "consumed": 2, "rhythm": 3, "unread": 4, "age": 1},
        },
    }  # fmt: skip
    capacity = capacity_of(case_of(given))
    assert capacity.utilisation == pytest.approx(0.8, rel=0.05)
    assert capacity.busiest_utilisation == pytest.approx(1.5, rel=0.05)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"topic_configs": {"orders": {"cleanup.policy": "compact"}}},
            "compacted, so its records have keys",
        ),
        ({"group": {"type": "streams"}}, "Streams application keeps state"),
        ({}, "if producers set keys"),
    ],
)
def test_cautions_about_more_partitions(changes: dict[str, Any], words: str) -> None:
    assert any(words in c for c in capacity_of(case_of({**GIVEN, **changes})).cautions)


def test_more_partitions_come_with_their_price() -> None:
    given = {
        **GIVEN,
        "members": {f"m{n}": {} for n in range(10)},
        "partitions": {
            "orders-0..9": {
                "spread": [f"m{n}" for n in range(10)], "arrivals": 6, "consumed": 5, "rhythm": 4,
                "unread": 270, "age": 95,
            }
        },
        "topic_configs": {"orders": {"cleanup.policy": "compact"}},
    }  # fmt: skip
    actions = diagnose(case_of(given)).verdict.actions
    assert actions[0].summary.startswith("More members do not help")
    last = actions[-1]
    assert last.command is not None
    assert "steward topic alter orders --partitions 18" in str(last.command)
    assert "compacted" in (last.caution or "")
