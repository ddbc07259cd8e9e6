"""The words of --to, --topics and --to-file: each means one thing, and what means nothing is told in one line."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.offset_target import (
    AtOffset,
    AtTime,
    BeforeEnd,
    FromStart,
    OffsetTarget,
    Shift,
    target_of,
    time_of,
)
from steward.model.partition_choice import choice_of, offsets_of_file

NOW = Instant(1_764_058_272_500)  # 2025-11-25T08:11:12.5Z
offsets = st.integers(0, 2**63 - 1)
topics = st.text("abcdefghijklmnopqrstuvwxyz.-_", min_size=1, max_size=12).filter(
    lambda t: t not in (".", "..")
)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("start", FromStart()),
        ("end", BeforeEnd()),
        ("start+7", FromStart(7)),
        ("end-7", BeforeEnd(7)),
        ("+7", Shift(7)),
        ("-7", Shift(-7)),
        ("7", AtOffset(7)),
        ("@2025-11-24", AtTime(1_763_942_400_000)),
        ("@2025-11-24T01:00:00+01:00", AtTime(1_763_942_400_000)),
        ("@2025-11-24t00:00z", AtTime(1_763_942_400_000)),
        ("@1764000000", AtTime(1_764_000_000_000)),
        ("@999999999", AtTime(999_999_999_000)),
        ("@1764000000123", AtTime(1_764_000_000_123)),
        ("@1764000000123456789", AtTime(1_764_000_000_123)),
        ("@-1h", AtTime(NOW.ms - 3_600_000)),
        ("@-1d12h", AtTime(NOW.ms - 129_600_000)),
        ("@-500ms", AtTime(NOW.ms - 500)),
    ],
)
def test_each_form_of_the_grammar(text: str, target: OffsetTarget) -> None:
    assert target_of(text, NOW) == target


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("beginning", "--to start"),
        ("Last", "--to end"),
        ("", "use start, end"),
        ("start-1", "use start, end"),
        ("end+1", "use start, end"),
        ("+", "use start, end"),
        ("1.5", "use start, end"),
        ("٣", "use start, end"),
        ("9223372036854775808", "exceeds the largest offset"),
        ("@", "invalid time"),
        ("@yesterday", "invalid time"),
        ("@12345", "invalid time"),
        ("@2025-02-30", "invalid time"),
        ("@2025-11-24T01:00:00", "no time zone"),
        ("@1969-12-31", "before 1970"),
        ("@2999-01-01", "in the future"),
        ("@+1h", "write @-1h"),
        ("@2025-11-01:2025-11-02", "is a range"),
        ("@2025-11-01T10:00:00Z:end", "is a range"),
        ("@:-1h", "is a range"),
    ],
)
def test_what_means_nothing_is_told_with_what_would(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        target_of(text, NOW)
    told = f"{raised.value.summary} | {raised.value.remedy}"
    assert said in told
    assert "\n" not in told


@given(offsets)
def test_numbers_are_taken_as_they_are(number: int) -> None:
    assert target_of(str(number), NOW) == AtOffset(number)
    assert target_of(f"+{number}", NOW) == Shift(number)
    assert target_of(f"-{number}", NOW) == Shift(-number)
    assert target_of(f"start+{number}", NOW) == FromStart(number)
    assert target_of(f"end-{number}", NOW) == BeforeEnd(number)


@given(st.integers(0, 4_102_444_800_000))
def test_a_time_is_read_as_it_is_written(ms: int) -> None:
    assert time_of(str(Instant(ms)), NOW) == ms
    moment = datetime.fromtimestamp(ms // 1000, timezone(timedelta(hours=-3)))
    assert time_of(moment.isoformat(), NOW) == ms // 1000 * 1000


@given(st.text(max_size=30))
@example("@1\n")
@example("a\n,a:0")
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    told: list[str] = []
    for read in (lambda: target_of(text, NOW), lambda: choice_of(text)):
        try:
            read()
        except UsageError as refused:
            told.append(refused.summary + refused.remedy)
    assert not any("\n" in line for line in told)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("a", {"a": None}),
        ("a,b:0,2", {"a": None, "b": {0, 2}}),
        ("b:0,2,a", {"b": {0, 2}, "a": None}),
        ("b:0,b:1,c:5", {"b": {0, 1}, "c": {5}}),
        ("7,b:0", {"7": None, "b": {0}}),
        (" a , b:1 ", {"a": None, "b": {1}}),
    ],
)
def test_topics_with_partitions(text: str, choice: dict[str, set[int] | None]) -> None:
    assert choice_of(text) == choice


@pytest.mark.parametrize(
    "text", ["", ",", "a,,b", "a:", ":0", "a:x", "a:-1", "a:0-5", "a:99999999999", "a,a:0", "a:0,a"]
)
def test_topics_that_cannot_be_read(text: str) -> None:
    with pytest.raises(UsageError):
        choice_of(text)


@given(st.dictionaries(topics, st.none() | st.frozensets(st.integers(0, 2**31 - 1), min_size=1)))
def test_topics_are_read_back_as_they_were_written(
    choice: dict[str, frozenset[int] | None],
) -> None:
    words = [
        topic if numbers is None else ",".join(f"{topic}:{n}" for n in sorted(numbers))
        for topic, numbers in choice.items()
    ]
    if words:
        assert choice_of(",".join(words)) == choice


@given(
    st.dictionaries(st.builds(TopicPartition, topics, st.integers(0, 99)), offsets, min_size=1),
    st.booleans(),
)
def test_a_file_is_read_back_as_it_was_written(
    wanted: dict[TopicPartition, int], with_group: bool
) -> None:
    own = "app," if with_group else ""
    lines = [
        "topic,partition,offset",
        "",
        *(f"{own}{p.topic},{p.partition},{o}" for p, o in wanted.items()),
    ]
    assert offsets_of_file(lines, "f.csv", "app") == wanted


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "has no offset"),
        (["other,orders,0,5"], "has no offset of group app"),
        (["orders,0"], "f.csv:1"),
        (["orders,0,1", "orders,zero,1"], "f.csv:2"),
        (["orders,0,-1"], "f.csv:1"),
        (["orders,0,1", "orders,0,2"], "repeats partition"),
        ([",0,1"], "f.csv:1"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(lines: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        offsets_of_file(lines, "f.csv", "app")
