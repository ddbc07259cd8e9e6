"""How old a group's oldest unread record is at least, and on what ground that is known."""

from typing import NamedTuple

from steward.checks.facts import Facts
from steward.checks.group.positions import Position
from steward.checks.say import span
from steward.model.batch import BatchHeader, BatchSample
from steward.model.snapshot import Part
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Observed

_MIN_RECORDS = 10
_MIN_SECONDS = 5


class Age(NamedTuple):
    """A lower bound. ``ground`` says how it is known; only what the looks saw themselves ``is_observed``."""

    seconds: float
    ground: str
    is_observed: bool
    position: Position


def oldest_unread(facts: Facts, lagging: tuple[Position, ...]) -> Age | None:
    """Return the age of the oldest unread record over partitions: the largest lower bound that has a ground."""
    ages = [age for position in lagging for age in (_age(facts, position),) if age]
    return max(ages, key=lambda age: age.seconds, default=None)


def newest_possible_age(facts: Facts, position: Position) -> float | None:
    """Return how old the next unread record is at most, by a sampled batch that holds it; None without one."""
    batch = _batch_at(_sample(facts, position), position.committed)
    if batch is None or batch.base_offset > position.committed:
        return None
    return (facts.now_ms - batch.base_timestamp_ms) / 1000


def arrives(facts: Facts, position: Position) -> bool:
    """Tell whether records came to the partition since the first look."""
    ends = [_end(look, position) for look in facts.earlier[:1]]
    return any(end is not None and end < position.end for end in ends)


def _age(facts: Facts, position: Position) -> Age | None:
    seen = _by_looks(facts, position)
    told = _by_timestamps(facts, position) or _by_rate(facts, position)
    return max((a for a in (seen, told) if a), key=lambda age: age.seconds, default=None)


def _by_looks(facts: Facts, position: Position) -> Age | None:
    """The record was there in an earlier look already."""
    for look in facts.earlier:
        then = _end(look, position)
        if then is not None and then > position.committed:
            seconds = facts.seconds_since(look, Part.OFFSETS)
            return Age(seconds, "it was there in an earlier look", True, position)
    return None


def _by_timestamps(facts: Facts, position: Position) -> Age | None:
    """A sampled batch holds it, or comes after it: it is no younger, if timestamps rise with offsets."""
    batch = _batch_at(_sample(facts, position), position.committed)
    if batch is None:
        return None
    holds_it = batch.base_offset <= position.committed
    stamp_ms = batch.max_timestamp_ms if holds_it else batch.base_timestamp_ms
    return Age((facts.now_ms - stamp_ms) / 1000, "by record timestamps", False, position)


def _by_rate(facts: Facts, position: Position) -> Age | None:
    """Half of what the unread records took to arrive, if they came as fast as those between two looks.

    Only for a record that the first look saw: of one that came later the looks themselves know better.
    """
    for look in facts.earlier[:1]:
        then = _end(look, position)
        if then is None or then <= position.committed:
            return None
        arrived = position.end - then
        seconds = facts.seconds_since(look, Part.OFFSETS) if arrived >= _MIN_RECORDS else 0
        if seconds >= _MIN_SECONDS:
            estimate = position.unread * seconds / arrived
            ground = f"half of an estimate from the arrivals of {span(seconds)}"
            return Age(estimate / 2, ground, False, position)
    return None


def _end(look: Facts, position: Position) -> int | None:
    offsets = look.snapshot.offsets
    found = offsets.value.get(position.partition) if isinstance(offsets, Observed) else None
    return found.end if isinstance(found, PartitionOffsets) else None


def _sample(facts: Facts, position: Position) -> tuple[BatchHeader, ...]:
    samples = facts.snapshot.samples
    found = samples.value.get(position.partition) if isinstance(samples, Observed) else None
    return found.batches if isinstance(found, BatchSample) else ()


def _batch_at(batches: tuple[BatchHeader, ...], offset: int) -> BatchHeader | None:
    """Return the first batch of records that reaches beyond an offset."""
    return next(
        (b for b in batches if not b.is_control and b.base_offset + b.last_offset_delta >= offset),
        None,
    )
