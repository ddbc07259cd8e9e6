"""A line finds the growth that was put in, says how sure it is, and is silent where it cannot know."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.analysis.impact.forecast import LEAST_SAMPLES, REACH, TrendLine, growth
from steward.model.unknown import Unknown, Why

HOUR = 3_600.0


def known(found: TrendLine | Unknown) -> TrendLine:
    assert isinstance(found, TrendLine)
    return found


@given(st.floats(-1e6, 1e6), st.floats(0, 1e12), st.integers(LEAST_SAMPLES, 600))
def test_an_exact_line_is_found_exactly(slope: float, start: float, samples: int) -> None:
    times = [600.0 * n for n in range(samples)]
    found = known(growth(times, [start + slope * t for t in times]))
    assert found.slope == pytest.approx(slope, rel=1e-6, abs=1e-3)
    assert found.low <= found.slope <= found.high
    assert found.level == pytest.approx(start + slope * times[-1], rel=1e-6, abs=1)


def test_wild_samples_do_not_move_it_and_the_interval_holds_the_truth() -> None:
    dice = random.Random(7)
    held = 0
    for _ in range(200):
        times = [600.0 * n for n in range(100)]
        values = [1e9 + 5e3 * t + dice.gauss(0, 1e7) for t in times]
        for at in dice.sample(range(100), 10):
            values[at] += 1e9
        found = known(growth(times, values))
        assert found.slope == pytest.approx(5e3, rel=0.15)
        held += found.low <= 5e3 <= found.high
    assert held >= 180  # 95 % are meant, and one sample in ten is wild


@pytest.mark.parametrize(
    ("samples", "every"), [(0, 600.0), (1, 600.0), (LEAST_SAMPLES - 1, HOUR), (LEAST_SAMPLES, 60.0)]
)
def test_too_few_or_too_short_is_unknown(samples: int, every: float) -> None:
    found = growth([every * n for n in range(samples)], [1.0] * samples)
    assert isinstance(found, Unknown)
    assert found.why is Why.NEEDS_HISTORY
    assert "steward serve" in str(found)


def test_a_limit_is_reached_in_time_now_or_not_in_sight() -> None:
    line = TrendLine(level=90, slope=1, low=0, high=2, samples=20, span_seconds=10)
    assert line.seconds_to(100, line.slope) == 10
    assert line.seconds_to(100, line.high) == 5
    assert line.seconds_to(100, line.low) is None
    assert line.seconds_to(90, line.slope) == 0
    assert line.seconds_to(90 + 10 * REACH + 1, line.slope) is None
