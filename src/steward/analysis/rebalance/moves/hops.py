"""The way of a moving partition: one copy at a time, its leader last, told by where it is and where it shall be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from steward.model.names import TopicPartition
from steward.model.topic import Reassignment

NOBODY = -1
"""The leader of an offline partition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One request of a move.

    Shape: ``replicas`` are asked for, the preferred leader first; ``adding`` and ``removing`` are how they differ from
           ``sources``, the replicas that are there, of which ``leader`` is copied from. ``bytes`` is the size of one
           copy, None where it is unknown.
    """

    partition: TopicPartition
    replicas: tuple[int, ...]
    adding: tuple[int, ...]
    removing: tuple[int, ...]
    sources: tuple[int, ...]
    leader: int
    bytes: int | None = None

    @property
    def copies(self) -> bool:
        """Whether data moves: another order, or fewer replicas, are done at once."""
        return bool(self.adding)

    @property
    def changes_factor(self) -> bool:
        """Whether there are more or fewer replicas afterwards."""
        return len(self.replicas) != len(self.sources)


def next_hop(
    partition: TopicPartition,
    current: tuple[int, ...],
    target: tuple[int, ...],
    *,
    leader: int = NOBODY,
    racks: Mapping[int, str | None] | None = None,
    size: int | None = None,
) -> Hop | None:
    """Return what to ask for next, None where the partition is where it shall be.

    Shape: depends on nothing but what is there now, so that a run which was killed goes on from what it sees. At most
           one replica is added at a time and none is copied twice; replicas that are in both stay all the way; the
           leader, which is copied from, goes last, and with the order as wished. A replica that is being copied is
           made the preferred one only where its leader goes. With ``racks`` the steps between are spread, too.
    """
    if current == target:
        return None
    source = leader if leader in current else current[0]
    asked = _asked(current, target, source, racks or {})
    return Hop(
        partition=partition,
        replicas=asked,
        adding=tuple(b for b in asked if b not in current),
        removing=tuple(b for b in current if b not in asked),
        sources=current,
        leader=source,
        bytes=size,
    )


def _asked(
    current: tuple[int, ...],
    target: tuple[int, ...],
    leader: int,
    racks: Mapping[int, str | None],
) -> tuple[int, ...]:
    adding = [b for b in target if b not in current]
    if not adding:
        return target
    if len(adding) == 1:
        return _led(target, adding[0], leader)
    return min(
        _candidates(current, target, adding, leader),
        key=lambda c: (-_spread(c[0], racks), c[1], c[0]),
    )[0]


def _candidates(
    current: tuple[int, ...], target: tuple[int, ...], adding: Sequence[int], leader: int
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield what may be asked for next, with how much worse it is than the best of its kind; 0 is best."""
    going = [b for b in current if b not in target and b != leader]
    if len(current) < len(target) or not going:
        for place, new in enumerate(adding):
            yield (*current, new), place
        return
    for old in going:
        at = current.index(old)
        for new in adding:
            fits = at < len(target) and target[at] == new
            asked = tuple(new if b == old else b for b in current)
            yield _led(asked, new, leader), len(current) - at + (0 if fits else len(current))


def _led(asked: tuple[int, ...], new: int, leader: int) -> tuple[int, ...]:
    """Keep the leader the preferred one, where it stays and a replica that is being copied would be."""
    if asked[0] != new or leader not in asked:
        return asked
    return (leader, *(b for b in asked if b != leader))


def _spread(replicas: tuple[int, ...], racks: Mapping[int, str | None]) -> int:
    return len({racks.get(b) for b in replicas}) if racks else 0


def is_on_the_way(replicas: Sequence[int], before: Sequence[int], target: Sequence[int]) -> bool:
    """Tell whether replicas may be those of a partition on its way: nobody else's, and all that stay."""
    there = set(replicas)
    return there <= {*before, *target} and there >= {*before} & {*target}


def aim_of(moving: Reassignment) -> tuple[int, ...]:
    """Return the replicas that a partition on the move shall have."""
    return tuple(b for b in moving.replicas if b not in moving.removing)
