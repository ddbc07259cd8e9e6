"""The minimum age of a group's oldest unread record, and the basis on which it is known.

A timestamp bounds an age only if it is the record's own, or if no record of the partition has a later one. Batches
behind the committed offset prove nothing, because timestamps need not rise with offsets.
"""

from collections.abc import Iterable
from typing import NamedTuple

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.positions import CheckedPosition
from steward.analysis.checks.record_times import time_of
from steward.analysis.checks.say import duration
from steward.model.snapshot import Part
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Observed

_MIN_RECORDS = 10
_MIN_SECONDS = 5


class PositionAge(NamedTuple):
    """The age of a position's next record: a minimum or, if ``is_estimate``, an estimate.

    ``basis`` says how it is known; ``is_observed`` is true only for what the snapshots themselves saw.
    """

    seconds: float
    basis: str
    is_observed: bool
    position: CheckedPosition
    is_estimate: bool = False


def with_records(facts: Facts, lagging: Iterable[CheckedPosition]) -> tuple[CheckedPosition, ...]:
    """Leave out positions after which only transaction markers were seen: consumers never receive those."""
    return tuple(p for p in lagging if not time_of(facts, p.partition, p.committed).nothing_left)


def oldest_unread(facts: Facts, lagging: tuple[CheckedPosition, ...]) -> PositionAge | None:
    """Return the age of the oldest unread record over all partitions: the largest age that has a basis."""
    ages = [age for position in lagging for age in _ages(facts, position)]
    return max(ages, key=lambda age: age.seconds, default=None)


def newest_possible_age(facts: Facts, position: CheckedPosition) -> float | None:
    """Return the proven maximum age of the next unread record."""
    return time_of(facts, position.partition, position.committed).at_most_seconds(facts.now_ms)


def not_bounded(
    facts: Facts, lagging: tuple[CheckedPosition, ...], limit: float
) -> tuple[CheckedPosition, ...]:
    """Return the positions whose next record may be older than a limit and has no estimate either."""
    return tuple(
        position
        for position in lagging
        if not _is_within(facts, position, limit) and _by_rate(facts, position) is None
    )


def arrives(facts: Facts, position: CheckedPosition) -> bool:
    """Return whether records arrived in the partition since the first snapshot."""
    ends = [_end(earlier, position) for earlier in facts.earlier[:1]]
    return any(end is not None and end < position.end for end in ends)


def _ages(facts: Facts, position: CheckedPosition) -> tuple[PositionAge, ...]:
    """Return the proven minimum, and an estimate if no proof bounds the maximum."""
    found = (_by_snapshots(facts, position), _by_timestamps(facts, position))
    proved = tuple(age for age in found if age is not None)
    estimate = _by_rate(facts, position)
    if estimate is None or newest_possible_age(facts, position) is not None:
        return proved
    return (*proved, estimate)


def _by_snapshots(facts: Facts, position: CheckedPosition) -> PositionAge | None:
    """The record was already there in an earlier snapshot."""
    for earlier in facts.earlier:
        then = _end(earlier, position)
        if then is not None and then > position.committed:
            seconds = facts.seconds_since(earlier, Part.OFFSETS)
            return PositionAge(seconds, "present in an earlier snapshot", True, position)
    return None


def _by_timestamps(facts: Facts, position: CheckedPosition) -> PositionAge | None:
    """No record in its batch, or none of the partition, has a later timestamp."""
    seconds = time_of(facts, position.partition, position.committed).at_least_seconds(facts.now_ms)
    return (
        None if seconds is None else PositionAge(seconds, "by record timestamps", False, position)
    )


def _is_within(facts: Facts, position: CheckedPosition, limit: float) -> bool:
    """Return whether the next record is proven to be no older, by its timestamp or because it arrived recently.

    A record that arrived between two snapshots is at most as old as the earlier one.
    """
    at_most = newest_possible_age(facts, position)
    if at_most is not None and at_most <= limit:
        return True
    return any(
        (then := _end(earlier, position)) is not None
        and then <= position.committed
        and facts.seconds_since(earlier, Part.OFFSETS) <= limit
        for earlier in facts.earlier
    )


def _by_rate(facts: Facts, position: CheckedPosition) -> PositionAge | None:
    """Half the time in which the unread records arrived, assuming the arrival rate between the snapshots.

    Applies only to a record that the first snapshot saw; for a later one the snapshots bound the age better.
    """
    for earlier in facts.earlier[:1]:
        then = _end(earlier, position)
        if then is None or then <= position.committed:
            return None
        arrived = position.end - then
        seconds = facts.seconds_since(earlier, Part.OFFSETS) if arrived >= _MIN_RECORDS else 0
        if seconds >= _MIN_SECONDS:
            estimate = position.unread * seconds / arrived
            basis = (
                f"half of an estimate, assuming the arrival rate of the last {duration(seconds)}"
            )
            return PositionAge(estimate / 2, basis, False, position, is_estimate=True)
    return None


def _end(earlier: Facts, position: CheckedPosition) -> int | None:
    offsets = earlier.snapshot.offsets
    found = offsets.value.get(position.partition) if isinstance(offsets, Observed) else None
    return found.end if isinstance(found, PartitionOffsets) else None
