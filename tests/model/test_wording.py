"""Numbers as people read them: durations, sizes, rates, counts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.change.manifests.units import Unit, measure
from steward.model.wording import count, duration, rate, rate_text, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.203, "203ms"),
        (0.9996, "1s"),
        (4.2, "4.2s"),
        (9.96, "10s"),
        (41, "41s"),
        (59.6, "1m"),
        (161, "2m 41s"),
        (300, "5m"),
        (3_599.7, "1h"),
        (5_400, "1h 30m"),
        (86_399, "1d"),
        (90_000, "1d 1h"),
        (604_800, "7d"),
        (-75, "-1m 15s"),
        (math.inf, "unlimited"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number_of_bytes", "text"),
    [
        (0, "0 B"),
        (1_023, "1023 B"),
        (1_536, "1.5 KiB"),
        (64 * 2**20, "64 MiB"),
        (2**30 - 1, "1 GiB"),
        (3 * 2**60, "3072 PiB"),
    ],
)
def test_a_size_has_the_unit_that_fits(number_of_bytes: float, text: str) -> None:
    assert size(number_of_bytes) == text


def test_a_rate_reads_as_it_is_entered() -> None:
    assert (rate(5_000_000), rate(1_500_000), rate(999)) == ("5 MB/s", "1.5 MB/s", "999 B/s")


def test_a_count_has_the_right_plural() -> None:
    assert count(1, "part") == "1 part"
    assert count(3_000, "member") == "3,000 members"
    assert (count(0, "entry"), count(2, "batch"), count(2, "key")) == (
        "0 entries",
        "2 batches",
        "2 keys",
    )
    assert count(2, "replica out of sync", "replicas out of sync") == "2 replicas out of sync"


@pytest.mark.parametrize(
    "entered",
    ["5 MB/s", "1 MiB/s", "1.5 MB/s", "1.5 GiB/s", "64 KiB/s", "250 kB/s", "10 GB/s", "999 B/s", "1.024 MB/s"],
)  # fmt: skip
def test_a_rate_is_written_as_it_was_entered(entered: str) -> None:
    assert rate_text(float(measure(entered, Unit.BYTES_PER_SECOND) or 0)) == entered


def test_a_rate_that_no_unit_holds_is_written_in_bytes() -> None:
    assert rate_text(1_234_567) == "1,234,567 B/s"
    assert rate_text(0.5) == "0.5 B/s"


@given(st.integers(min_value=1, max_value=2**50))
def test_a_rate_reads_back_as_it_was(rate: int) -> None:
    assert measure(rate_text(rate).replace(",", ""), Unit.BYTES_PER_SECOND) == rate
