"""The book of stamps is a map from (partition, offset), however often it changes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from steward.analysis.lag.offset_table import Topics
from steward.analysis.lag.timestamp_cache import TimestampBracket, TimestampCache

POSITIONS = st.tuples(st.integers(0, 5), st.integers(0, 6))


class BookMachine(RuleBasedStateMachine):
    """Compares the book with a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.book = TimestampCache()
        self.topics: Topics = (("a", 3), ("b", 3))
        self.book.align(self.topics)
        self.known: dict[tuple[str, int, int], tuple[int | None, int | None]] = {}

    def key(self, row: int, offset: int) -> tuple[str, int, int]:
        at = 0
        for topic, count in self.topics:
            if row < at + count:
                return topic, row - at, offset
            at += count
        raise AssertionError

    @rule(found=st.dictionaries(POSITIONS, st.tuples(
        st.none() | st.integers(0, 9), st.none() | st.integers(10, 20)), max_size=5))  # fmt: skip
    def add(self, found: dict[tuple[int, int], tuple[int | None, int | None]]) -> None:
        self.book.add(TimestampBracket(r, o, low, high) for (r, o), (low, high) in found.items())
        self.known |= {self.key(r, o): bounds for (r, o), bounds in found.items()}

    @rule(positions=st.sets(POSITIONS))
    def retain(self, positions: set[tuple[int, int]]) -> None:
        self.book.retain(self.places(sorted(positions)))
        kept = {self.key(r, o) for r, o in positions}
        self.known = {k: v for k, v in self.known.items() if k in kept}

    @rule(rows=st.sets(st.integers(0, 5)))
    def forget(self, rows: set[int]) -> None:
        self.book.drop(np.array(sorted(rows), np.int64))
        gone = {self.key(r, 0)[:2] for r in rows}
        self.known = {k: v for k, v in self.known.items() if k[:2] not in gone}

    @rule(order=st.permutations([("a", 3), ("b", 3)]), anew=st.sampled_from(["", "a", "b"]))
    def lay_out_anew(self, order: list[tuple[str, int]], anew: str) -> None:
        new = tuple((f"{t}'" if t == anew else t, n) for t, n in order)
        if {t for t, _ in new} == {t for t, _ in self.topics} or anew:
            self.topics = new
            self.book.align(new)
            there = {t for t, _ in new}
            self.known = {k: v for k, v in self.known.items() if k[0] in there}

    def places(self, positions: list[tuple[int, int]]) -> np.ndarray:
        rows = np.array([r for r, _ in positions], np.int32)
        return self.book.find(rows, np.array([o for _, o in positions], np.int64))

    @invariant()
    def is_the_same_map(self) -> None:
        everything = [(r, o) for r in range(6) for o in range(7)]
        found = {
            self.key(*position): self.book.bracket(int(place))
            for position, place in zip(everything, self.places(everything), strict=True)
            if place >= 0
        }
        assert found == self.known
        assert len(self.book) == len(self.known)


TestBook = BookMachine.TestCase
TestBook.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**62))
def test_large_numbers(row: int, offset: int) -> None:
    book = TimestampCache()
    book.align((("a", 1),))
    book.add([TimestampBracket(0, offset, 1, 2)])
    one = np.array([0], np.int32)
    assert book.find(one, np.array([offset], np.int64)).tolist() == [0]
    assert book.find(one, np.array([offset + 1], np.int64)).tolist() == [-1]
