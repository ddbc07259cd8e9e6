"""Rates between two polls: arrivals, consumption, and when a group has caught up or loses data."""

from dataclasses import dataclass, replace

import numpy as np

from steward.analysis.lag.offset_table import ABSENT, Longs, OffsetTable
from steward.analysis.lag.unread import lag_records


@dataclass(frozen=True, slots=True)
class GroupRates:
    """A group's rates over all its partitions between two polls.

    Units: records per second; seconds until it has caught up, or until retention deletes unread records; None if never.
    """

    arrivals: float
    consumed: float
    catch_up_seconds: float | None
    data_loss_seconds: float | None


@dataclass(frozen=True, slots=True)
class LogBounds:
    """Log starts and ends of some partitions at one poll, ABSENT if unknown."""

    start: Longs
    end: Longs


def rates_between(
    before: LogBounds, now: LogBounds, old: Longs, new: Longs, seconds: float
) -> GroupRates:
    """Return a group's rates from the bounds of its partitions and its commits, ``old`` and ``new``.

    Shape: arrays of one length, a value per partition.
    """
    known = (now.end != ABSENT) & (before.end != ABSENT)
    arrivals = np.where(known, now.end - before.end, 0).clip(0) / seconds
    consumed = np.where(known, new - old, 0).clip(0) / seconds
    backlog = np.where(known, lag_records(new, now.end), 0)
    bounded = (now.start != ABSENT) & (before.start != ABSENT)
    rising = np.where(bounded, now.start - before.start, 0).clip(0) / seconds
    closing, distance = rising - consumed, new - now.start
    nearing = (closing > 0) & (distance > 0) & (now.start != ABSENT) & (backlog > 0)
    loss = float((distance[nearing] / closing[nearing]).min()) if nearing.any() else None
    return GroupRates(
        float(arrivals.sum()),
        float(consumed.sum()),
        catch_up_seconds(backlog, consumed - arrivals),
        loss,
    )


class Trend:
    """One poll, to compare with an earlier one."""

    def __init__(self, table: OffsetTable) -> None:
        self.table = table
        self.groups = {g.group: g for g in table.groups}

    def rates(self, earlier: "Trend", group: str) -> GroupRates | None:
        """Return a group's rates since an earlier poll; None if the polls cannot be compared.

        Only partitions with a commit and an end in both polls count; a topic recreated in between invalidates them.
        """
        then, now = earlier.groups.get(group), self.groups.get(group)
        seconds = self.table.now - earlier.table.now
        same = self.table.topic_ids == earlier.table.topic_ids
        if then is None or now is None or seconds <= 0 or not same:
            return None
        common, i, j = np.intersect1d(
            then.partitions, now.partitions, assume_unique=True, return_indices=True
        )
        known = (earlier.table.end[common] != ABSENT) & (self.table.end[common] != ABSENT)
        if not known.any():
            return None
        rows = common[known]
        found = rates_between(
            LogBounds(earlier.table.start[rows], earlier.table.end[rows]),
            LogBounds(self.table.start[rows], self.table.end[rows]),
            then.committed[i][known],
            now.committed[j][known],
            seconds,
        )
        return replace(
            found,
            catch_up_seconds=_rounded(found.catch_up_seconds),
            data_loss_seconds=_rounded(found.data_loss_seconds),
        )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def catch_up_seconds(backlog: object, drained: object) -> float | None:
    """Return when the slowest partition has caught up; None if one never does.

    Shape: arrays of one length.
    Units: unread records, and records per second by which they decrease.
    """
    left, rate = np.asarray(backlog), np.asarray(drained)
    behind = left > 0
    if not behind.any():
        return 0.0
    if (rate[behind] <= 0).any():
        return None
    return float((left[behind] / rate[behind]).max())
