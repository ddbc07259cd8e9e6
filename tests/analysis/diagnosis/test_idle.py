"""Members without a partition: counted in every verdict, told why, and never with those that read."""

from typing import Any

import pytest

from steward.analysis.diagnosis.decide import diagnose
from steward.model.addressing import addressed
from steward.model.command import ClusterTarget
from steward.model.lag import Flag
from steward.model.verdict import Cause
from support.case_text import case_of

READERS = [f"m{n}" for n in range(1, 11)]


def _given(**more: Any) -> dict[str, Any]:
    calm = {"spread": READERS, "arrivals": 3, "consumed": 3, "rhythm": 2, "unread": 3, "age": 1}
    return {"members": 12, "partitions": {"orders-0..9": calm | more}}


SLOW = {"arrivals": 6, "consumed": 5, "rhythm": 4, "unread": 270, "age": 95}
STOOD = {"consumed": 0, "unread": 900, "age": 400}
FALLING = {"arrivals": 3, "consumed": 6, "unread": 900, "age": 95}


@pytest.mark.parametrize(
    ("more", "cause"),
    [
        ({}, Cause.HEALTHY),
        (SLOW, Cause.UNDER_CAPACITY),
        (FALLING, Cause.CATCHING_UP),
        (STOOD, Cause.STUCK_CONSUMER),
    ],
)
def test_every_verdict_says_who_is_idle(more: dict[str, Any], cause: Cause) -> None:
    case = case_of(_given(**more))
    found = diagnose(case)
    assert found.verdict.cause is cause, found.verdict.summary
    for verdict in (found.verdict, *found.runners_up):
        (idle,) = [e for e in verdict.evidence if e.fact == "members without a partition"]
        assert idle.value == "2 of 12: m11 on host-m11, m12 on host-m12"
    assert (found.capacity.members_total, found.capacity.idle_members) == (12, 2)
    assert found.capacity.members == 10
    assert Flag.IDLE_MEMBERS in case.lag.flags
    (note,) = found.notes
    assert note.startswith("2 members of 12 have no partition: 10 partitions can occupy 10 members")


def test_range_leaves_members_idle_on_several_topics_alike() -> None:
    calm = {
        "spread": ["m1", "m2"],
        "arrivals": 3,
        "consumed": 3,
        "rhythm": 2,
        "unread": 3,
        "age": 1,
    }
    given = {
        "group": {"assignor": "range"},
        "members": 4,
        "partitions": {"a-0..1": calm, "b-0..1": calm},
    }
    (note,) = diagnose(case_of(given)).notes
    assert "2 members of 4 have no partition: the range assignor distributes each topic" in note
    assert "cooperative-sticky or the consumer protocol 4 members would read" in note


@pytest.mark.parametrize(
    "changes",
    [
        {"members": 10},
        {"group": {"type": "share"}},
        {"group": {"type": "streams"}},
        {"group": {"assignor": "stream"}},
        {"group": {"states": ["Stable", "PreparingRebalance"]}},
    ],
)
def test_nobody_is_called_idle_who_is_not(changes: dict[str, Any]) -> None:
    case = case_of(_given() | changes)
    found = diagnose(case)
    assert found.notes == ()
    assert found.capacity.idle_members == 0
    assert Flag.IDLE_MEMBERS not in case.lag.flags


def test_topics_that_nobody_subscribes_to_are_named_beside_the_verdict() -> None:
    given = _given(**SLOW)
    given["members"] = 10
    given["partitions"] |= {"old-0": {"arrivals": 5, "unread": 40_000, "age": 8_000}}
    case = case_of(given)
    found = diagnose(case)
    assert found.verdict.cause is Cause.UNDER_CAPACITY
    assert found.lag_records == 2_700
    assert Flag.NOT_SUBSCRIBED in case.lag.flags
    assert "No member subscribes to old any more" in found.notes[0]


def test_the_command_of_a_note_can_be_completed_with_the_cluster() -> None:
    calm = {
        "spread": ["m1", "m2"],
        "arrivals": 3,
        "consumed": 3,
        "rhythm": 2,
        "unread": 3,
        "age": 1,
    }
    case = case_of({"members": 3, "partitions": {"a-0..3": calm}})
    found = addressed(diagnose(case), ClusterTarget(cluster="ops"))
    (note,) = found.notes
    assert note.endswith(f"steward --cluster ops group describe {case.lag.group} -o wide")
