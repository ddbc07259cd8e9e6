"""Every single loss at once: each broker, rack or host, in a few passes over the columns."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from steward.analysis.impact.layout import (
    LEVELS,
    NONE,
    ColumnFloats,
    ColumnInts,
    Flags,
    PartitionColumns,
)
from steward.analysis.impact.leader_failover import FailoverResult, failover

LossCounts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Domains:
    """A failure domain: ``of`` maps each broker's index to a domain's, -1 for a broker in none."""

    count: int
    of: ColumnInts


def each_broker(layout: PartitionColumns) -> Domains:
    """Return every broker as its own domain."""
    return Domains(count=len(layout.brokers), of=np.arange(len(layout.brokers), dtype=np.int32))


def each_rack(layout: PartitionColumns) -> Domains:
    """Return the racks as domains."""
    return Domains(count=len(layout.racks), of=layout.rack)


def each_host(layout: PartitionColumns) -> Domains:
    """Return the hosts as domains: brokers that advertise one address."""
    return Domains(count=len(layout.hosts), of=layout.host)


def one_set(lost: Flags) -> Domains:
    """Return a set of brokers as the only domain."""
    return Domains(count=1, of=np.where(lost, 0, NONE).astype(np.int32))


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """Effect of losing each domain.

    Shape:  by domain; ``..._by_level`` by domain and criticality, in the order of LEVELS; ``leaders_to`` and
            ``rate_to`` by domain and surviving broker.
    Units:  bytes, bytes per second; NaN if an affected size or rate is unknown.

    The counts of partitions include only new impact (see FailoverResult). ``min_isr_unknown`` are affected
    partitions for which it is unknown whether writes stop.
    """

    offline_by_level: LossCounts
    below_by_level: LossCounts
    at_risk: LossCounts
    one_copy: LossCounts
    one_copy_bytes: ColumnFloats
    replicas: LossCounts
    rebuild_bytes: ColumnFloats
    without_target: LossCounts
    unclean: LossCounts
    min_isr_unknown: LossCounts
    leaders_to: LossCounts
    rate_to: ColumnFloats

    @property
    def offline(self) -> LossCounts:
        """Partitions that go offline."""
        return self.offline_by_level.sum(axis=1)

    @property
    def below(self) -> LossCounts:
        """Partitions that fall below min.insync.replicas."""
        return self.below_by_level.sum(axis=1)

    @property
    def leaders_moved(self) -> LossCounts:
        """Partitions that get another leader."""
        return self.leaders_to.sum(axis=1)


def losses(layout: PartitionColumns, domains: Domains) -> Losses:
    """Compute each domain's loss, with each partition once per domain that holds it.

    One pass per slot: the replicas that share the slot's domain are lost; a partition counts in the pass of the first
    of its replicas in that domain.
    """
    tally = _Tally(layout, domains)
    where = np.append(domains.of, np.int32(NONE))[layout.replicas]
    for slot in range(len(where)):
        mine = where[slot]
        lost = (where == mine) & (mine != NONE)
        first = (mine != NONE) & ~lost[:slot].any(axis=0)
        tally.add(mine, lost, first, failover(layout, lost))
    return tally.result()


class _Tally:
    """The sums over all passes."""

    def __init__(self, layout: PartitionColumns, domains: Domains) -> None:
        self._layout = layout
        self._domains = domains
        self._size = layout.size
        self._rf = (layout.replicas != NONE).sum(axis=0)
        self._places = _Places(layout, domains)
        n, levels = domains.count, len(LEVELS)
        self._by_level = {name: np.zeros(n * levels, np.int64) for name in ("offline", "below")}
        names = ("at_risk", "one_copy", "replicas", "without_target", "unclean", "min_isr_unknown")
        self._counts = {name: np.zeros(n, np.int64) for name in names}
        self._bytes = {name: np.zeros(n) for name in ("one_copy", "rebuild")}
        self._leaders_to = np.zeros(n * len(layout.brokers), np.int64)
        self._rate_to = np.zeros(n * len(layout.brokers))

    def add(self, mine: ColumnInts, lost: Flags, first: Flags, then: FailoverResult) -> None:
        layout = self._layout
        self._count_levels("offline", mine, first & then.offline)
        self._count_levels("below", mine, first & then.below)
        self._count("at_risk", mine[first & then.at_risk])
        self._count("unclean", mine[first & then.unclean])
        self._count("min_isr_unknown", mine[first & then.hit & (layout.min_isr == NONE)])
        self._count("without_target", mine[first & self._places.without(mine, self._rf)])
        few = first & then.one_copy
        self._count("one_copy", mine[few])
        self._sum("one_copy", mine[few], self._size[few])
        for slot in range(len(lost)):
            gone = first & lost[slot]
            self._count("replicas", mine[gone])
            self._sum("rebuild", mine[gone], layout.log_bytes[slot][gone])
        moved = first & then.moved
        to = mine[moved].astype(np.int64) * len(layout.brokers) + then.leader[moved]
        self._leaders_to += np.bincount(to, minlength=len(self._leaders_to))
        self._rate_to += np.bincount(to, layout.rate[moved], minlength=len(self._rate_to))

    def _count(self, name: str, at: ColumnInts) -> None:
        self._counts[name] += np.bincount(at, minlength=self._domains.count)

    def _sum(self, name: str, at: ColumnInts, what: ColumnFloats) -> None:
        self._bytes[name] += np.bincount(at, what, minlength=self._domains.count)

    def _count_levels(self, name: str, mine: ColumnInts, chosen: Flags) -> None:
        at = mine[chosen] * len(LEVELS) + self._layout.level[chosen]
        self._by_level[name] += np.bincount(at, minlength=len(self._by_level[name]))

    def result(self) -> Losses:
        shape = (self._domains.count, len(LEVELS))
        to = (self._domains.count, len(self._layout.brokers))
        return Losses(
            offline_by_level=self._by_level["offline"].reshape(shape),
            below_by_level=self._by_level["below"].reshape(shape),
            at_risk=self._counts["at_risk"],
            one_copy=self._counts["one_copy"],
            one_copy_bytes=self._bytes["one_copy"],
            replicas=self._counts["replicas"],
            rebuild_bytes=self._bytes["rebuild"],
            without_target=self._counts["without_target"],
            unclean=self._counts["unclean"],
            min_isr_unknown=self._counts["min_isr_unknown"],
            leaders_to=self._leaders_to.reshape(to),
            rate_to=self._rate_to.reshape(to),
        )


class _Places:
    """Where replicas could be rebuilt: on live brokers outside the domain, over as many racks as now."""

    def __init__(self, layout: PartitionColumns, domains: Domains) -> None:
        alive = layout.alive
        own = np.bincount(domains.of[alive & (domains.of != NONE)], minlength=domains.count)
        self._brokers_left = alive.sum() - own
        self._racks_left = _racks_left(layout, domains)
        self._spread = _spread(layout)

    def without(self, mine: ColumnInts, rf: ColumnInts) -> Flags:
        needed_racks = self._spread & (rf > self._racks_left[mine])
        return needed_racks | (rf > self._brokers_left[mine])


def _racks_left(layout: PartitionColumns, domains: Domains) -> LossCounts:
    """Count the racks with a live broker outside each domain: a domain removes a rack only if it holds all of it."""
    if not layout.racks:
        return np.zeros(domains.count, np.int64)
    known = layout.alive & (layout.rack != NONE)
    all_of = np.bincount(layout.rack[known], minlength=len(layout.racks))
    inside = known & (domains.of != NONE)
    key = domains.of[inside].astype(np.int64) * len(layout.racks) + layout.rack[inside]
    keys, counts = np.unique(key, return_counts=True)
    takes = keys[counts == all_of[keys % len(layout.racks)]] // len(layout.racks)
    left = np.full(domains.count, int((all_of > 0).sum()), np.int64)
    return left - np.bincount(takes, minlength=domains.count)


def _spread(layout: PartitionColumns) -> Flags:
    """Return which partitions have each replica on a rack of its own."""
    racks = np.append(layout.rack, np.int32(NONE))[layout.replicas]
    there = layout.replicas != NONE
    spread = (there.sum(axis=0) > 1) & ~(there & (racks == NONE)).any(axis=0)
    for slot in range(len(racks)):
        for other in range(slot):
            spread &= ~(there[slot] & (racks[slot] == racks[other]))
    return spread
