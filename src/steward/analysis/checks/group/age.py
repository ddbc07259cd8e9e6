"""How old a group's oldest unread record is at least, and on what ground that is known.

A timestamp bounds an age only where it is the record's own, or where no record of the partition is stamped later:
batches that lie behind the commit prove nothing, since timestamps need not rise with offsets.
"""

from collections.abc import Iterable
from typing import NamedTuple

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.positions import CheckedPosition
from steward.analysis.checks.record_times import time_of
from steward.analysis.checks.say import span
from steward.model.snapshot import Part
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Observed

_MIN_RECORDS = 10
_MIN_SECONDS = 5


class PositionAge(NamedTuple):
    """How old a position's next record is: at least, or where it ``is_estimate``, about.

    ``ground`` says how it is known; only what the looks saw themselves ``is_observed``.
    """

    seconds: float
    ground: str
    is_observed: bool
    position: CheckedPosition
    is_estimate: bool = False


def with_records(facts: Facts, lagging: Iterable[CheckedPosition]) -> tuple[CheckedPosition, ...]:
    """Leave out positions behind which nothing but transaction markers was seen: nobody gets to read those."""
    return tuple(p for p in lagging if not time_of(facts, p.partition, p.committed).nothing_left)


def oldest_unread(facts: Facts, lagging: tuple[CheckedPosition, ...]) -> PositionAge | None:
    """Return the age of the oldest unread record over partitions: the largest that has a ground."""
    ages = [age for position in lagging for age in _ages(facts, position)]
    return max(ages, key=lambda age: age.seconds, default=None)


def newest_possible_age(facts: Facts, position: CheckedPosition) -> float | None:
    """Return how old the next unread record is at most, where that is proved."""
    return time_of(facts, position.partition, position.committed).at_most_seconds(facts.now_ms)


def not_bounded(
    facts: Facts, lagging: tuple[CheckedPosition, ...], limit: float
) -> tuple[CheckedPosition, ...]:
    """Return the positions whose next record may be older than a limit, and of which there is no estimate either."""
    return tuple(
        position
        for position in lagging
        if not _is_within(facts, position, limit) and _by_rate(facts, position) is None
    )


def arrives(facts: Facts, position: CheckedPosition) -> bool:
    """Tell whether records came to the partition since the first look."""
    ends = [_end(look, position) for look in facts.earlier[:1]]
    return any(end is not None and end < position.end for end in ends)


def _ages(facts: Facts, position: CheckedPosition) -> tuple[PositionAge, ...]:
    """Return what is proved, and an estimate where no proof says how old the record can be at most."""
    found = (_by_looks(facts, position), _by_timestamps(facts, position))
    proved = tuple(age for age in found if age is not None)
    estimate = _by_rate(facts, position)
    if estimate is None or newest_possible_age(facts, position) is not None:
        return proved
    return (*proved, estimate)


def _by_looks(facts: Facts, position: CheckedPosition) -> PositionAge | None:
    """The record was there in an earlier look already."""
    for look in facts.earlier:
        then = _end(look, position)
        if then is not None and then > position.committed:
            seconds = facts.seconds_since(look, Part.OFFSETS)
            return PositionAge(seconds, "it was there in an earlier look", True, position)
    return None


def _by_timestamps(facts: Facts, position: CheckedPosition) -> PositionAge | None:
    """No record in its batch, or none of the partition, is stamped later."""
    seconds = time_of(facts, position.partition, position.committed).at_least_seconds(facts.now_ms)
    return (
        None if seconds is None else PositionAge(seconds, "by record timestamps", False, position)
    )


def _is_within(facts: Facts, position: CheckedPosition, limit: float) -> bool:
    """Tell whether the next record is proved to be no older: by its timestamp, or because it came between two looks."""
    at_most = newest_possible_age(facts, position)
    if at_most is not None and at_most <= limit:
        return True
    return any(
        (then := _end(look, position)) is not None
        and then <= position.committed
        and facts.seconds_since(look, Part.OFFSETS) <= limit
        for look in facts.earlier
    )


def _by_rate(facts: Facts, position: CheckedPosition) -> PositionAge | None:
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
            ground = (
                f"half of an estimate, if records came as evenly as in the last {span(seconds)}"
            )
            return PositionAge(estimate / 2, ground, False, position, is_estimate=True)
    return None


def _end(look: Facts, position: CheckedPosition) -> int | None:
    offsets = look.snapshot.offsets
    found = offsets.value.get(position.partition) if isinstance(offsets, Observed) else None
    return found.end if isinstance(found, PartitionOffsets) else None
