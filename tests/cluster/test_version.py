"""The release, inferred from API versions as brokers gave them."""

import pytest

from steward.cluster.version import kafka_version

_V44 = {0: (0, 13), 1: (4, 18), 2: (1, 11), 18: (0, 5), 24: (0, 5), 35: (1, 5)}
_V43 = _V44 | {18: (0, 4)}


@pytest.mark.parametrize(
    ("changes", "release"),
    [
        ({}, "4.3"),
        ({18: (0, 5)}, "4.4"),
        ({35: (1, 4)}, "4.2"),
        ({35: (1, 4), 2: (1, 10)}, "4.1"),
        ({35: (1, 4), 2: (1, 10), 0: (0, 12)}, "4.0"),
        ({35: (1, 4), 2: (1, 9), 0: (0, 11), 1: (0, 17)}, "3.9"),
    ],
)
def test_releases(changes: dict[int, tuple[int, int]], release: str) -> None:
    assert kafka_version(_V43 | changes) == release


def test_unknown_and_newer() -> None:
    assert kafka_version({0: (0, 9)}) == "unknown"
    assert kafka_version(_V44, {"metadata.version": 33}) == "4.4"
    assert kafka_version(_V44, {"metadata.version": 34}) == "4.4+"
    assert kafka_version(_V43, {"metadata.version": 10_000}) == "4.3"
