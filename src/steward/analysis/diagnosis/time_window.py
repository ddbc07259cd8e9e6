"""How far back a diagnosis looks: to the beginning of the trouble, and as far again before it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from steward.analysis.diagnosis.samples import GroupSample, without_members
from steward.model.topic import PartitionOffsets
from steward.model.turnover import UNSTABLE_STATES

SHORTEST_SECONDS = 60.0
FRESH_SECONDS = 10.0
"""Samples over so long are enough for a diagnosis by themselves: older ones of another situation are left out."""
RESTLESS_SECONDS = 300.0
"""Rebalances are counted over this: fewer minutes would miss the ones between which members come back."""
_SAME_WITHIN = 0.2


def since_trouble(
    looks: Sequence[GroupSample], at_least: float = SHORTEST_SECONDS
) -> tuple[GroupSample, ...]:
    """Return the latest looks, from which rates hold for what is now.

    Shape: rates over twenty minutes would hide what began one minute ago. The oldest unread record tells when that was:
           the looks go back twice its age, which shows the rhythm of commits before, too; at least the seconds
           asked for. Five minutes for a group that rebalanced in them, or got on throughout as it does now. Earlier
           samples never count where they are of another situation: of a topic that was recreated, or, once a group has
           no members, of the time when it had some.
    """
    if not looks:
        return ()
    looks = _comparable(looks)
    now = looks[-1].at
    seconds = max(at_least, 2 * _unread_for(looks))
    lately = _last(looks, RESTLESS_SECONDS)
    if _is_restless(lately) or _is_steady(lately, now - seconds):
        seconds = max(seconds, RESTLESS_SECONDS)
    return tuple(_last(looks, seconds))


def _comparable(looks: Sequence[GroupSample]) -> Sequence[GroupSample]:
    """Leave out the samples that say nothing about what is now."""
    ids = looks[-1].topic_ids
    first = next(
        (i + 1 for i in range(len(looks) - 1, -1, -1) if _other_topic(looks[i].topic_ids, ids)), 0
    )
    empty = without_members(looks[first:])
    if len(empty) > 1 and empty[-1].at - empty[0].at >= FRESH_SECONDS:
        return empty
    return looks[first:]


def _other_topic(then: Mapping[str, str], now: Mapping[str, str]) -> bool:
    return any(now.get(topic, id) != id for topic, id in then.items())


def _last(looks: Sequence[GroupSample], seconds: float) -> Sequence[GroupSample]:
    """Return the looks that span the last seconds, as far as there are any: at least two."""
    since = looks[-1].at - seconds
    first = max((i for i, k in enumerate(looks[:-1]) if k.at <= since), default=0)
    return looks[first:]


def _unread_for(looks: Sequence[GroupSample]) -> float:
    """Return for how long, at least, there has been something that the group has not read yet.

    Shape: ends rise, so looks that show a record beyond today's commits follow those that do not: halving finds the
           first.
    """
    low, high = 0, len(looks)
    while low < high:
        middle = (low + high) // 2
        if _shows_unread(looks[middle], looks[-1]):
            high = middle
        else:
            low = middle + 1
    return looks[-1].at - looks[low].at if low < len(looks) else 0.0


def _shows_unread(look: GroupSample, last: GroupSample) -> bool:
    return any(
        isinstance(known := look.offsets.get(partition), PartitionOffsets) and known.end > committed
        for partition, committed in last.committed.items()
    )


def _is_steady(looks: Sequence[GroupSample], since: float) -> bool:
    """Tell whether every partition that waits to be read waited before a time, too, and was consumed as fast."""
    before = [k for k in looks if k.at < since]
    if not before:
        return False
    first, middle, last = before[0], before[-1], looks[-1]
    if middle.at - first.at < SHORTEST_SECONDS:
        return False
    for partition, now in last.committed.items():
        ends = last.offsets.get(partition)
        if not isinstance(ends, PartitionOffsets) or ends.end <= now:
            continue
        then = [k.committed.get(partition, 0) for k in (first, middle)]
        ended = first.offsets.get(partition)
        if not isinstance(ended, PartitionOffsets) or 4 * (ended.end - then[0]) < ends.end - now:
            return False
        earlier = (then[1] - then[0]) / (middle.at - first.at)
        lately = (now - then[1]) / (last.at - middle.at)
        if abs(lately - earlier) > _SAME_WITHIN * max(lately, earlier):
            return False
    return True


def _is_restless(looks: Sequence[GroupSample]) -> bool:
    seen = [k.member_ids for k in looks if k.knows_members]
    changed = any(a != b for a, b in pairwise(seen))
    return changed or any(k.state in UNSTABLE_STATES for k in looks)
