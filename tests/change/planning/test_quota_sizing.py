"""How much a broker may promise: the method's own example, and its laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.change.planning.quota_sizing import (
    ClusterShape,
    Hardware,
    capacity_of,
    consumer_floor,
    proposed,
)

rates = st.floats(1, 1e12)


def test_the_example_of_the_method() -> None:
    """Six brokers, one down, three copies, two readers, 1,250 MB/s of network, 600 MB/s of disk: 108 in, 460 out."""
    hardware = Hardware(network_in=1250, network_out=1250, disk=600)
    shape = ClusterShape(brokers=6, tolerated=1, replication_factor=3, fan_out=2, headroom=0.65)
    capacity = capacity_of(hardware, shape)
    assert capacity.produce == pytest.approx(108.3, abs=0.1)
    assert capacity.fetch == pytest.approx(460.4, abs=0.1)


@given(rates, rates, rates, st.integers(2, 50), st.floats(1, 5), st.floats(0, 20))
def test_what_is_promised_fits_the_hardware(
    inward: float, outward: float, disk: float, brokers: int, copies: float, readers: float
) -> None:
    hardware = Hardware(network_in=inward, network_out=outward, disk=disk)
    shape = ClusterShape(
        brokers=brokers, tolerated=1, replication_factor=copies, fan_out=readers, headroom=0.65
    )
    capacity = capacity_of(hardware, shape)
    assert 0 <= capacity.produce * copies <= min(inward, disk) * 1.000001
    assert 0 <= capacity.fetch <= outward
    fewer = capacity_of(hardware, ClusterShape(
        brokers=brokers, tolerated=0, replication_factor=copies, fan_out=readers, headroom=0.65
    ))  # fmt: skip
    assert fewer.produce >= capacity.produce


def test_a_quota_lets_two_of_the_largest_batches_pass_in_a_window() -> None:
    assert consumer_floor(1_048_588) * 10 >= 2 * 1_048_588
    assert proposed(10, 25) == 25
    assert proposed(100, 25) == 200
