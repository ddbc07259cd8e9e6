"""What people write is what Kafka keeps, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.change.manifests.units import (
    Unit,
    config_value,
    measure,
    written_duration,
    written_rate,
    written_size,
)


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("7d", Unit.DURATION_MS, 604_800_000),
        ("1.5h", Unit.DURATION_MS, 5_400_000),
        ("unlimited", Unit.DURATION_MS, -1),
        ("7", Unit.DURATION_MS, None),
        ("0", Unit.DURATION_MS, 0),
        ("0.0001ms", Unit.DURATION_MS, None),
        ("10GiB", Unit.BYTES, 10 * 2**30),
        ("500 MB", Unit.BYTES, 500_000_000),
        ("1048576", Unit.BYTES, 2**20),
        ("1mb", Unit.BYTES, None),
        ("9999999PiB", Unit.BYTES, None),
        ("10MB/s", Unit.BYTES_PER_SECOND, 10_000_000),
        ("unlimited", Unit.BYTES_PER_SECOND, None),
        ("12.5", Unit.NUMBER, 12.5),
        ("-3", Unit.NUMBER, None),
        ("٣", Unit.BYTES, None),
    ],
)
def test_texts_are_measured(text: str, unit: Unit, expected: float | None) -> None:
    assert measure(text, unit) == expected


@given(st.integers(0, 2**62))
def test_what_is_written_measures_the_same(value: int) -> None:
    assert measure(written_duration(value), Unit.DURATION_MS) == value
    assert measure(written_size(value), Unit.BYTES) == value
    assert measure(written_rate(value), Unit.BYTES_PER_SECOND) == value


def test_config_keys_tell_their_unit() -> None:
    assert config_value("retention.ms", "7d") == "604800000"
    assert config_value("segment.bytes", "1GiB") == "1073741824"
    assert config_value("segment.ms", "soon") == "soon"
    assert config_value("compression.type", "7d") == "7d"
