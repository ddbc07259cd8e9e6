"""The offset map against a list of restored offsets."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.documents.fault import DocumentError
from steward.model.error import ConfigurationError
from steward.records.restore.offset_map import (
    OffsetMap,
    OffsetMapBuilder,
    OffsetRun,
    encode,
    read_offset_map,
)

OFFSETS = st.sets(st.integers(0, 120), max_size=60).map(sorted)


def map_of(offsets: list[int], end: int, start: int = 0) -> OffsetMap:
    builder = OffsetMapBuilder("orders", 3, start)
    for offset in offsets:
        builder.add([(offset, 1)])
    return builder.map(end)


@given(OFFSETS, st.integers(0, 30), st.integers(0, 1_000))
def test_translation_is_that_of_the_first_restored_record_at_or_after(
    offsets: list[int], beyond: int, start: int
) -> None:
    end = (offsets[-1] + 1 if offsets else 0) + beyond
    found = map_of(offsets, end, start)
    translated = [found.translate(committed) for committed in range(end + 10)]
    for committed, target in enumerate(translated):
        expected = sum(o < committed for o in offsets) + start
        assert target == expected
    assert translated == sorted(translated)
    assert found.translate(end) == found.target_end == start + len(offsets)
    assert found.records == len(offsets)


@given(OFFSETS)
def test_runs_join_only_where_offsets_follow_each_other(offsets: list[int]) -> None:
    found = map_of(offsets, 200)
    breaks = sum(b != a + 1 for a, b in pairwise(offsets))
    assert len(found.runs) == (breaks + 1 if offsets else 0)
    assert read_offset_map(encode(found), "map.json") == found


@given(OFFSETS, st.integers(0, 5))
def test_it_is_the_identity_only_without_gaps_from_zero_on(offsets: list[int], beyond: int) -> None:
    end = (offsets[-1] + 1 if offsets else 0) + beyond
    found = map_of(offsets, end)
    assert found.is_identity == (offsets == list(range(end)))


@pytest.mark.parametrize("runs", [[(5, 1), (5, 1)], [(5, 2), (6, 1)], [(3, 0)], [(9, 1), (2, 1)]])
def test_offsets_have_to_rise(runs: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="source offset"):
        OffsetMapBuilder("orders", 0).add(runs)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"runs": [{"source": 5, "length": 2, "target": 1}]}, "target_end"),
        ({"source_end": 5}, "source_end"),
        ({"runs": [{"source": 5, "length": 0, "target": 0}]}, "empty"),
        ({"runs": [{"source": -5, "length": 2, "target": 0}]}, "negative"),
        (
            {"runs": [{"source": 5, "length": 1, "target": 0}, {"source": 5, "length": 1, "target": 1}]},
            "overlap",
        ),
        (
            {"runs": [{"source": 5, "length": 1, "target": 0}, {"source": 6, "length": 1, "target": 2}]},
            "follow",
        ),
    ],
)  # fmt: skip
def test_an_edited_map_is_damaged(changed: dict[str, object], says: str) -> None:
    found = json.loads(encode(OffsetMapBuilder("orders", 0).map(9)))
    good = found | {"runs": [{"source": 5, "length": 2, "target": 0}], "target_end": 2}
    assert read_offset_map(json.dumps(good).encode(), "m").runs == (OffsetRun(5, 2, 0),)
    with pytest.raises(DocumentError, match=says):
        read_offset_map(json.dumps(good | changed).encode(), "m")


def test_a_map_of_a_newer_version_is_not_read() -> None:
    found = json.loads(encode(OffsetMapBuilder("orders", 0).map(9)))
    with pytest.raises(ConfigurationError, match="format 9"):
        read_offset_map(json.dumps(found | {"format": 9}).encode(), "m")
