"""Each topic spread evenly over brokers and racks with the fewest bytes, so that all brokers share its traffic."""

from dataclasses import dataclass, replace

import numpy as np

from steward.analysis.rebalance.exact_solver import (
    MOST_VARIABLES,
    RELATIVE_GAP,
    RackLimits,
    size_of,
    solve,
)
from steward.analysis.rebalance.goal import Obstacle
from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Floats,
    Ints,
    ReplicaLayout,
    no_leaders,
)
from steward.analysis.rebalance.leaders import shares_of, spread_leaders
from steward.analysis.rebalance.optimality import arriving
from steward.analysis.rebalance.placement_state import moved_bytes
from steward.analysis.rebalance.topic_placement import RowIndices, TopicPlacement
from steward.analysis.rebalance.topic_shares import (
    ReplicaCounts,
    Sizes,
    TopicShares,
    targets,
    topic_shares,
)
from steward.analysis.rebalance.window import LoadWindow
from steward.model.wording import count

_SEARCHED = 200_000
"""Total of variables for exact searches of single topics: a bound of work, not of time."""


@dataclass(frozen=True, slots=True)
class SpreadPlacement:
    """Proposed replicas, the minimum of bytes of any even spread, and what could not be reached."""

    replicas: Ints
    bound_bytes: float
    notes: tuple[Obstacle, ...]


def rows_by_topic(layout: ReplicaLayout) -> dict[str, RowIndices]:
    """Return the rows of each topic, ordered by name."""
    found: dict[str, list[int]] = {}
    for row, key in enumerate(layout.partitions):
        found.setdefault(key.topic, []).append(row)
    return {topic: np.array(rows, np.intp) for topic, rows in sorted(found.items())}


def place_topics(layout: ReplicaLayout, usable: BrokerMask, fixed: BrokerMask) -> SpreadPlacement:
    """Spread every topic, the largest first; topics with a fixed partition do not change."""
    work = _Work(layout, usable)
    topics = [(t, rows) for t, rows in rows_by_topic(layout).items() if not fixed[rows].any()]
    topics.sort(key=lambda one: (-float(layout.size[one[1]].sum()), one[0]))
    bound, notes = 0.0, list[Obstacle]()
    for topic, rows in topics:
        bound += work.place(rows)
        if work.left:
            notes.append(Obstacle(
                rule="topic_uneven", about=f"topic {topic}",
                message=f"{count(work.left, 'replica')} of {topic} off an even spread: no broker below its share has "
                "room",
                instead="larger disks on the brokers below their share, or brokers in more racks",
            ))  # fmt: skip
    return SpreadPlacement(work.replicas, bound, tuple(notes))


class _Work:
    def __init__(self, layout: ReplicaLayout, usable: BrokerMask) -> None:
        self._layout, self._usable = layout, usable
        self.replicas = layout.replicas.copy()
        self._load = layout.load(BalancedResource.DISK, leader=no_leaders(layout))
        self._room: Floats = layout.disk - self._load
        self._budget = _SEARCHED
        self.left = 0

    def place(self, rows: RowIndices) -> float:
        """Spread one topic; return the minimum of bytes of its spread."""
        self.left = 0
        layout, usable = self._layout, self._usable
        shares = shares_of_topic(layout, rows, usable)
        held = _held(layout.replicas[rows], len(layout.brokers)) * usable
        if not shares.surplus(held, layout.rack):
            return 0.0
        sizes = _sizes(layout, rows)
        aims = targets(shares, held, layout.rack, usable, self._load, sizes)
        bound = sizes.given(np.maximum(held - aims, 0))
        topic = TopicPlacement(layout, rows, usable, self._room)
        topic.level(held, aims)
        self.left = topic.left
        found = topic.replicas()
        found, bound = self._refined(rows, shares, found, bound)
        self._take(rows, found)
        return min(bound, moved_bytes(_part(layout, rows), found))

    def _refined(
        self, rows: RowIndices, shares: TopicShares, found: Ints, bound: float
    ) -> tuple[Ints, float]:
        """Solve a small topic exactly if it exceeds the bound."""
        part = _part(self._layout, rows)
        moved = moved_bytes(part, found)
        size = size_of(part, self._usable)
        if moved <= bound * (1 + RELATIVE_GAP) and not self.left:
            return found, bound
        if size > min(MOST_VARIABLES, self._budget):
            return found, bound
        self._budget -= size
        held = _held(part.replicas, len(part.brokers))
        window = LoadWindow(
            np.where(self._usable, shares.low, held).astype(np.float64),
            np.where(self._usable, shares.high, held).astype(np.float64),
        )
        limits = RackLimits(
            shares.rack_low.astype(np.float64), shares.rack_high.astype(np.float64), self._usable
        )
        still = np.zeros(len(rows), np.bool_)
        best = solve(
            part, {BalancedResource.REPLICAS: window}, self._usable, still, found, limits=limits
        )
        if best.replicas is None or not self._has_room(part, best.replicas):
            return found, bound
        self.left = 0
        return best.replicas, max(bound, min(best.bound_bytes, moved_bytes(part, best.replicas)))

    def _has_room(self, part: ReplicaLayout, replicas: Ints) -> bool:
        return bool((arriving(part, replicas) <= self._room).all())

    def _take(self, rows: RowIndices, found: Ints) -> None:
        size = self._layout.size[rows]
        before, after = self.replicas[rows], found
        for replicas, sign in ((before, -1.0), (after, 1.0)):
            there = replicas != NONE
            spread = np.broadcast_to(size[:, None], replicas.shape)[there]
            np.add.at(self._load, replicas[there], sign * spread)
        new = (after != NONE) & ~(after[:, :, None] == before[:, None, :]).any(axis=2)
        np.subtract.at(self._room, after[new], np.broadcast_to(size[:, None], after.shape)[new])
        self.replicas[rows] = found


def shares_of_topic(layout: ReplicaLayout, rows: RowIndices, usable: BrokerMask) -> TopicShares:
    """Return how many of a topic's replicas each usable broker should hold; replicas on other brokers stay."""
    held = _held(layout.replicas[rows], len(layout.brokers)) * usable
    factor = int(layout.factor[rows].max(initial=0))
    return topic_shares(layout.rack, usable, len(rows), int(held.sum()), factor)


def _sizes(layout: ReplicaLayout, rows: RowIndices) -> Sizes:
    replicas = layout.replicas[rows]
    line, slot = np.nonzero(replicas != NONE)
    return Sizes(replicas[line, slot], layout.size[rows][line], len(layout.brokers))


def _held(replicas: Ints, brokers: int) -> ReplicaCounts:
    return np.bincount(replicas[replicas != NONE], minlength=brokers).astype(np.int64)


def _part(layout: ReplicaLayout, rows: RowIndices) -> ReplicaLayout:
    """Return the layout of one topic alone."""
    return replace(
        layout,
        partitions=tuple(layout.partitions[int(r)] for r in rows),
        replicas=layout.replicas[rows],
        leader=layout.leader[rows],
        in_sync=layout.in_sync[rows],
        size=layout.size[rows],
        bytes_in=layout.bytes_in[rows],
        bytes_out=layout.bytes_out[rows],
    )


def misplaced(layout: ReplicaLayout, usable: BrokerMask) -> int:
    """Return how many replicas are off an even spread of their topics."""
    total = 0
    for rows in rows_by_topic(layout).values():
        held = _held(layout.replicas[rows], len(layout.brokers)) * usable
        total += shares_of_topic(layout, rows, usable).surplus(held, layout.rack)
    return total


def lead_topics(
    layout: ReplicaLayout, replicas: Ints, leader: Ints, may_lead: BrokerMask, fixed: BrokerMask
) -> tuple[Ints, int]:
    """Spread each topic's leaders over the brokers that hold it; return them, and the minimum of leader changes."""
    found, bound = leader.copy(), 0
    for rows in rows_by_topic(layout).values():
        own = replicas[rows]
        able = may_lead[rows] & (own != NONE)
        if fixed[rows].any() or not able.any():
            continue
        hosts = np.unique(own[able])
        led = leader[rows]
        known = np.isin(led, hosts)
        counts = np.bincount(np.searchsorted(hosts, led[known]), minlength=len(hosts))
        shares = shares_of(int(known.sum()), np.ones(len(hosts), np.bool_), np.ones(len(hosts)))
        least = shares.bound(counts)
        if not least:
            continue
        bound += least
        local = np.where(able, np.searchsorted(hosts, np.where(able, own, hosts[0])), NONE)
        start = np.where(known, np.searchsorted(hosts, np.where(known, led, hosts[0])), NONE)
        spread = spread_leaders(local.astype(np.int32), start.astype(np.int32), able, shares)
        found[rows] = np.where(known, hosts[np.maximum(spread, 0)], led)
    return found, bound
