"""Unlimited means one thing, however large the number that says it."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.model.retention import LARGEST_BYTES, LONGEST_MS, bound_of, is_unlimited

LONGEST_LONG = 2**63 - 1
KEYS = (
    "retention.ms", "retention.bytes", "local.retention.ms", "local.retention.bytes", "segment.ms", "log.retention.ms",
    "log.retention.bytes", "log.retention.hours", "log.retention.minutes",
)  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", ["-1", str(LONGEST_LONG), str(LONGEST_LONG - 1)])
def test_what_bounds_nothing_is_unlimited(key: str, value: str) -> None:
    assert is_unlimited(key, value)
    assert bound_of(key, value) == inf


@given(st.sampled_from(KEYS), st.integers(0, 10**9))
def test_what_bounds_something_is_not(key: str, value: int) -> None:
    hours = {"log.retention.hours": 3_600_000, "log.retention.minutes": 60_000}.get(key, 1)
    if value * hours < min(LONGEST_MS, LARGEST_BYTES):
        assert not is_unlimited(key, value)
        assert bound_of(key, str(value)) == value * hours


@pytest.mark.parametrize("value", [None, "", "forever", "nan"])
def test_no_number_is_not_unlimited(value: str | None) -> None:
    assert bound_of("retention.ms", value) is None
    assert not is_unlimited("retention.ms", value)
