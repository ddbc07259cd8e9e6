"""Steps of a moving partition: one copy at a time, its leader last, derived from its present and target replicas."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from steward.model.names import TopicPartition
from steward.model.topic import Reassignment

NO_LEADER = -1
"""The leader of an offline partition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One reassignment request of a move.

    ``replicas`` are requested, the preferred leader first; ``adding`` and ``removing`` are the differences to
    ``sources``, the present replicas, of which ``leader`` is copied from. ``bytes`` is the size of one copy, None if
    unknown.
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
        """Whether data moves: a new order, or fewer replicas, complete at once."""
        return bool(self.adding)

    @property
    def changes_factor(self) -> bool:
        """Whether the number of replicas changes."""
        return len(self.replicas) != len(self.sources)


def next_hop(
    partition: TopicPartition,
    current: tuple[int, ...],
    target: tuple[int, ...],
    *,
    leader: int = NO_LEADER,
    racks: Mapping[int, str | None] | None = None,
    size: int | None = None,
) -> Hop | None:
    """Return the next request, None if the partition has its target replicas.

    It depends only on the present state, so that a run continues after a crash from what it observes. At most one
    replica is added at a time and none is copied twice; replicas in both assignments stay throughout; the leader, which
    is copied from, is removed last, and with the target order. A replica that is being copied becomes the preferred
    leader only if its leader is removed. With ``racks``, intermediate steps are rack-aware as well.
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
    """Yield the possible next requests, with how much worse each is than the best of its kind; 0 is best."""
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
    """Keep the leader the preferred one, if it stays and a replica that is being copied would become it."""
    if asked[0] != new or leader not in asked:
        return asked
    return (leader, *(b for b in asked if b != leader))


def _spread(replicas: tuple[int, ...], racks: Mapping[int, str | None]) -> int:
    return len({racks.get(b) for b in replicas}) if racks else 0


def is_on_the_way(replicas: Sequence[int], before: Sequence[int], target: Sequence[int]) -> bool:
    """Return whether replicas can belong to a partition on its way: no others, and all that stay."""
    there = set(replicas)
    return there <= {*before, *target} and there >= {*before} & {*target}


def aim_of(moving: Reassignment) -> tuple[int, ...]:
    """Return the target replicas of a partition being reassigned."""
    return tuple(b for b in moving.replicas if b not in moving.removing)
