"""Time range of a diagnosis: back to the start of the lag, and as long again before it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from steward.analysis.diagnosis.samples import GroupSample, without_members
from steward.model.topic import PartitionOffsets
from steward.model.turnover import UNSTABLE_STATES

SHORTEST_SECONDS = 60.0
FRESH_SECONDS = 10.0
"""Samples over this many seconds suffice: older ones of another situation are dropped."""
CHURN_SECONDS = 300.0
"""Rebalances are counted over this many seconds: fewer would miss those between which members return."""
_SAME_WITHIN = 0.2


def relevant_samples(
    samples: Sequence[GroupSample], at_least: float = SHORTEST_SECONDS
) -> tuple[GroupSample, ...]:
    """Return the latest samples whose rates describe the present.

    Rates over twenty minutes would hide what started one minute ago. The range is twice the age of the oldest unread
    record, which includes earlier commits; at least ``at_least`` seconds; and five minutes for a group that
    rebalanced in them, or progressed at a steady rate throughout. Samples of another situation never count: those
    before a topic was recreated, or, if the group has no members now, those when it had some.
    """
    if not samples:
        return ()
    samples = _comparable(samples)
    now = samples[-1].at
    seconds = max(at_least, 2 * _unread_for(samples))
    lately = _last(samples, CHURN_SECONDS)
    if _is_churning(lately) or _is_steady(lately, now - seconds):
        seconds = max(seconds, CHURN_SECONDS)
    return tuple(_last(samples, seconds))


def _comparable(samples: Sequence[GroupSample]) -> Sequence[GroupSample]:
    """Drop samples that do not describe the present situation."""
    ids = samples[-1].topic_ids
    first = next(
        (i + 1 for i in range(len(samples) - 1, -1, -1) if _other_topic(samples[i].topic_ids, ids)),
        0,
    )
    empty = without_members(samples[first:])
    if len(empty) > 1 and empty[-1].at - empty[0].at >= FRESH_SECONDS:
        return empty
    return samples[first:]


def _other_topic(then: Mapping[str, str], now: Mapping[str, str]) -> bool:
    return any(now.get(topic, id) != id for topic, id in then.items())


def _last(samples: Sequence[GroupSample], seconds: float) -> Sequence[GroupSample]:
    """Return the samples that span the last seconds, as far as available: at least two."""
    since = samples[-1].at - seconds
    first = max((i for i, k in enumerate(samples[:-1]) if k.at <= since), default=0)
    return samples[first:]


def _unread_for(samples: Sequence[GroupSample]) -> float:
    """Return for how long, at least, the group has had unread records, in seconds.

    Ends rise, so samples that show a record beyond the current commits follow those that do not: a binary search
    finds the first.
    """
    low, high = 0, len(samples)
    while low < high:
        middle = (low + high) // 2
        if _shows_unread(samples[middle], samples[-1]):
            high = middle
        else:
            low = middle + 1
    return samples[-1].at - samples[low].at if low < len(samples) else 0.0


def _shows_unread(sample: GroupSample, last: GroupSample) -> bool:
    return any(
        isinstance(known := sample.offsets.get(partition), PartitionOffsets)
        and known.end > committed
        for partition, committed in last.committed.items()
    )


def _is_steady(samples: Sequence[GroupSample], since: float) -> bool:
    """Return whether every partition with unread records had some before ``since``, and was read at the same rate."""
    before = [k for k in samples if k.at < since]
    if not before:
        return False
    first, middle, last = before[0], before[-1], samples[-1]
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


def _is_churning(samples: Sequence[GroupSample]) -> bool:
    seen = [k.member_ids for k in samples if k.knows_members]
    changed = any(a != b for a, b in pairwise(seen))
    return changed or any(k.state in UNSTABLE_STATES for k in samples)
