"""Rates from two polls: arrivals, consumption, and when a group has caught up or loses data."""

from dataclasses import dataclass

import numpy as np

from steward.analysis.lag.offset_table import ABSENT, OffsetTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Records per second of a group over all its partitions; seconds until caught up or overtaken, None if never."""

    arrivals_per_second: float
    consumed_per_second: float
    catch_up_seconds: float | None
    data_loss_seconds: float | None


class Trend:
    """One poll, to compare with an earlier one."""

    def __init__(self, table: OffsetTable) -> None:
        self.table = table
        self.groups = {g.group: g for g in table.groups}

    def rates(self, earlier: "Trend", group: str) -> Rates | None:
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
        old, new = then.committed[i][known], now.committed[j][known]
        arrivals = (self.table.end[rows] - earlier.table.end[rows]).clip(0) / seconds
        consumed = (new - old).clip(0) / seconds
        backlog = (self.table.end[rows] - new).clip(0)
        caught_up = catch_up_seconds(backlog, consumed - arrivals)
        return Rates(
            arrivals_per_second=float(arrivals.sum()),
            consumed_per_second=float(consumed.sum()),
            catch_up_seconds=None if caught_up is None else round(caught_up, 1),
            data_loss_seconds=self._loss(earlier, rows, new, consumed, seconds),
        )

    def _loss(
        self, earlier: "Trend", rows: object, committed: object, consumed: object, seconds: float
    ) -> float | None:
        """Return when retention overtakes the nearest commit."""
        index = np.asarray(rows)
        start, before = self.table.start[index], earlier.table.start[index]
        rising = (start - before).clip(0) / seconds
        distances = np.asarray(committed) - start
        times = [
            seconds_to_loss(float(d), float(r), float(c))
            for d, r, c in zip(distances, rising, np.asarray(consumed), strict=True)
            if d > 0 and r > 0
        ]
        found = [t for t in times if t is not None]
        return round(min(found), 1) if found else None


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


def seconds_to_loss(distance_records: float, start_rate: float, commit_rate: float) -> float | None:
    """Return when retention overtakes a commit: None while it does not approach it.

    Source: (commit - start) / (rate of start - rate of commits).
    """
    closing = start_rate - commit_rate
    return distance_records / closing if closing > 0 else None
