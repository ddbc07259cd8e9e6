"""The worked example: 10 partitions, 5 members, 200 ms a record; and what holds for any group."""

from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.analysis.diagnosis.capacity import (
    GroupLoad,
    advise,
    outlook,
    useful_member_counts,
)
from steward.analysis.lag.offset_table import ABSENT
from steward.analysis.lag.trend import LogBounds, rates_between


def load(arrivals: float, members: int = 5, backlog: float = 0.0) -> GroupLoad:
    return GroupLoad(
        partitions=10, members=members, arrivals_per_second=arrivals, service_seconds=0.2,
        backlog_records=backlog,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arrivals", "now", "ten"), [(20, 0.8, 0.4), (30, 1.2, 0.6), (40, 1.6, 0.8), (60, 2.4, 1.2)]
)
def test_worked_example(arrivals: float, now: float, ten: float) -> None:
    for members in range(5, 10):
        assert outlook(load(arrivals), members).utilisation == pytest.approx(now)
    assert outlook(load(arrivals), 10).utilisation == pytest.approx(ten)


def test_ten_members_suffice_at_thirty_a_second() -> None:
    advice = advise(load(30, backlog=18_000))
    assert advice.members_needed == 10
    assert advice.useful_steps == (10,)
    assert advice.now.catch_up_seconds is None
    assert advice.best.catch_up_seconds == pytest.approx(900)


def test_sixty_a_second_wants_partitions_or_a_faster_query() -> None:
    advice = advise(load(60))
    assert advice.members_needed is None
    assert advice.partitions_needed == 18
    assert advice.service_seconds_needed == pytest.approx(0.7 * 10 / 60)


def test_eighteen_members_on_twenty_partitions_gain_nothing() -> None:
    twenty = GroupLoad(partitions=20, members=18, arrivals_per_second=60, service_seconds=0.2)
    assert outlook(twenty, 18).capacity_per_second == pytest.approx(50)
    assert outlook(twenty, 20).capacity_per_second == pytest.approx(100)


@given(st.integers(1, 300))
def test_between_useful_counts_the_worst_member_gains_nothing(partitions: int) -> None:
    steps = useful_member_counts(partitions)
    assert steps[0] == 1
    assert steps[-1] == partitions
    for members in range(1, partitions + 1):
        step = max(s for s in steps if s <= members)
        assert ceil(partitions / members) == ceil(partitions / step)


@given(st.integers(1, 100), st.integers(1, 200), st.floats(0.1, 1e4), st.floats(1e-4, 10))
def test_more_members_never_hurt(
    partitions: int, members: int, rate: float, service: float
) -> None:
    group = GroupLoad(
        partitions=partitions, members=members, arrivals_per_second=rate, service_seconds=service
    )
    assert outlook(group, members + 1).utilisation <= outlook(group, members).utilisation
    advice = advise(group)
    if advice.members_needed:
        assert outlook(group, advice.members_needed).utilisation <= 0.7


def test_time_to_loss() -> None:
    def loss(start: int, end: int, consumed: int, was: int = 0) -> float | None:
        """10 s after a poll with start ``was``, end 5,000 and a commit of 1,100 less ``consumed``."""

        def of(*numbers: int) -> Any:
            return [np.array([n], np.int64) for n in numbers]

        before, now = LogBounds(*of(was, 5_000)), LogBounds(*of(start, end))
        old, new = of(1_100 - consumed, 1_100)
        return rates_between(before, now, old, new, 10).data_loss_seconds

    assert loss(100, 5_000, consumed=50) == 200
    assert loss(100, 5_000, consumed=100) is None, "retention does not gain on it"
    assert loss(100, 1_100, consumed=50) is None, "nothing is unread, so nothing can be lost"
    assert loss(100, 5_000, consumed=50, was=ABSENT) is None, "how fast the start rises is unknown"
