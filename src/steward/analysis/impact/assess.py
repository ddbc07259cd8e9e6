"""Impact statements from columns: each requested loss with the affected groups and producers, the worst first."""

from collections.abc import Iterator

import numpy as np

from steward.analysis.impact.broker_pairs import BrokerPairs, all_pairs
from steward.analysis.impact.clients import Clients
from steward.analysis.impact.layout import LEVELS, NONE, ColumnFloats, Flags, PartitionColumns
from steward.analysis.impact.leader_failover import FailoverResult, failover, replicas_on
from steward.analysis.impact.single_losses import (
    Domains,
    Losses,
    each_broker,
    each_host,
    each_rack,
    losses,
    one_set,
)
from steward.model.impact import Impact, LeadersTo, LossScope, PairTotals, Peak
from steward.model.policy import Criticality
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import NotApplicable, Unknown, Why, known_or
from steward.model.wording import count

_CRITICAL = LEVELS.index(Criticality.CRITICAL)


class Assessment:
    """One layout, for questions about losses.

    Units: ``capacity`` is what a broker can carry, bytes per second; None if not declared.
    """

    def __init__(
        self, layout: PartitionColumns, snapshot: ClusterSnapshot, capacity: float | None = None
    ) -> None:
        self._layout = layout
        self._clients = Clients(layout, snapshot)
        self._capacity = capacity
        led = layout.leader != NONE
        self._now = np.bincount(
            layout.leader[led], layout.rate[led], minlength=len(layout.brokers)
        )  # fmt: skip

    def brokers(self) -> tuple[Impact, ...]:
        """Return the impact of losing each live broker."""
        ids = self._layout.brokers
        names = [("broker", str(id)) for id in ids]
        return self._each(each_broker(self._layout), names)

    def racks(self) -> tuple[Impact, ...]:
        """Return the impact of losing each rack."""
        return self._each(each_rack(self._layout), [("rack", r) for r in self._layout.racks])

    def hosts(self) -> tuple[Impact, ...]:
        """Return the impact of losing each host with more than one broker; for other hosts it is the broker's."""
        domains = each_host(self._layout)
        sizes = np.bincount(domains.of[domains.of != NONE], minlength=domains.count)
        several = frozenset(np.flatnonzero(sizes > 1).tolist())
        return self._each(domains, [("host", h) for h in self._layout.hosts], several)

    def of_set(self, kind: str, name: str, lost: Flags) -> Impact:
        """Return the impact of losing a set of brokers, with the affected partitions by name."""
        found = losses(self._layout, one_set(lost))
        return self._impact(found, 0, kind, name, lost, named=True)

    def pairs(self, most: int) -> tuple[tuple[Impact, ...], PairTotals]:
        """Return the worst pairs of brokers that share a partition, and a summary of the others."""
        layout = self._layout
        pairs = all_pairs(layout, losses(layout, each_broker(layout)))
        worst = _worst_pairs(pairs)[:most]
        impacts: list[Impact] = []
        for at in worst.tolist():
            lost = np.zeros(len(layout.brokers), bool)
            lost[[pairs.first[at], pairs.second[at]]] = True
            name = f"{layout.brokers[pairs.first[at]]},{layout.brokers[pairs.second[at]]}"
            impacts.append(self._impact(losses(layout, one_set(lost)), 0, "pair", name, lost))
        totals = PairTotals(
            pairs=len(pairs),
            with_offline=int((pairs.offline > 0).sum()),
            with_below_min_isr=int((pairs.below > 0).sum()),
            shown=len(impacts),
        )
        return ranked(impacts), totals

    def _each(
        self, domains: Domains, names: list[tuple[str, str]], chosen: frozenset[int] | None = None
    ) -> tuple[Impact, ...]:
        found = losses(self._layout, domains)
        alive = self._layout.alive
        return ranked(
            [
                self._impact(found, d, *names[d], domains.of == d)
                for d in range(domains.count)
                if (chosen is None or d in chosen) and (alive & (domains.of == d)).any()
            ]
        )

    def _impact(
        self, found: Losses, d: int, kind: str, name: str, lost: Flags, *, named: bool = False
    ) -> Impact:
        layout = self._layout
        ids = tuple(layout.brokers[b] for b in np.flatnonzero(lost).tolist())
        then = self._failover(lost)
        unknown = int(found.min_isr_unknown[d])
        unseen = Unknown(
            Why.REFUSED, f"min.insync.replicas is unknown for {count(unknown, 'partition')}"
        )
        return Impact(
            scope=LossScope(kind=kind, ids=ids, name=name),
            partitions_offline=int(found.offline[d]),
            critical_offline=int(found.offline_by_level[d, _CRITICAL]),
            partitions_below_min_isr=unseen if unknown else int(found.below[d]),
            critical_below_min_isr=unseen if unknown else int(found.below_by_level[d, _CRITICAL]),
            partitions_at_risk=unseen if unknown else int(found.at_risk[d]),
            bytes_at_risk=_bytes(found.one_copy_bytes[d]),
            leaders_moved=int(found.leaders_moved[d]),
            leaders_to=tuple(self._leaders_to(found, d)),
            peak=self._peak(found.rate_to[d], lost),
            unclean_elections=int(found.unclean[d]),
            replicas_lost=int(found.replicas[d]),
            rebuild_bytes=_bytes(found.rebuild_bytes[d]),
            partitions_without_target=int(found.without_target[d]),
            offline=self._names(then.offline) if named else (),
            below_min_isr=self._names(then.below) if named else (),
            groups=self._clients.groups(then),
            producers=self._clients.producers(then),
        )

    def _failover(self, lost: Flags) -> FailoverResult:
        return failover(self._layout, replicas_on(self._layout, lost))

    def _names(self, chosen: Flags) -> tuple[str, ...]:
        return tuple(str(self._layout.name_of(row)) for row in np.flatnonzero(chosen).tolist())

    def _leaders_to(self, found: Losses, d: int) -> Iterator[LeadersTo]:
        for broker in np.flatnonzero(found.leaders_to[d]).tolist():
            yield LeadersTo(
                broker=self._layout.brokers[broker],
                leaders=int(found.leaders_to[d, broker]),
                bytes_per_second=_rate(found.rate_to[d, broker]),
            )

    def _peak(self, gained: ColumnFloats, lost: Flags) -> Peak | Unknown:
        """Return the survivor with the highest load after the loss; Unknown if any rate is: it could be the highest."""
        after = np.where(lost | ~self._layout.alive, -1.0, self._now + gained)
        if np.isnan(after).any():
            return _UNMEASURED
        if not len(after) or after.max() < 0:
            return Unknown(Why.REFUSED, "no broker would remain")
        at = int(after.argmax())
        now = float(self._now[at])
        capacity = NotApplicable("no broker_capacity_bytes_per_second is declared")
        return Peak(
            broker=self._layout.brokers[at],
            bytes_per_second=float(after[at]),
            ratio=float(after[at]) / now if now > 0 else None,
            carries=capacity if self._capacity is None else bool(after[at] <= self._capacity),
        )


_UNMEASURED = Unknown(
    Why.NEEDS_HISTORY, "rates need two samples and the log sizes: pass --wait 10s"
)


def _rate(value: float) -> float | Unknown:
    return _UNMEASURED if np.isnan(value) else float(value)


def _bytes(value: float) -> float | Unknown:
    if np.isnan(value):
        return Unknown(Why.REFUSED, "the size of an affected log was not reported")
    return int(value)


def _worst_pairs(pairs: BrokerPairs) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return the indexes of the pairs, the worst first; equal ones by broker."""
    risk = np.where(np.isnan(pairs.one_copy_bytes), 0.0, pairs.one_copy_bytes)
    keys = (pairs.second, pairs.first, -risk, -pairs.at_risk, -pairs.below, -pairs.offline)
    return np.lexsort(keys)


def ranked(impacts: list[Impact]) -> tuple[Impact, ...]:
    """Order impacts, the worst first: critical topics, then offline, below min ISR, at risk, load."""
    return tuple(sorted(impacts, key=_rank))


def _rank(impact: Impact) -> tuple[float, ...]:
    peak = impact.peak
    load = peak.bytes_per_second if isinstance(peak, Peak) else 0.0
    return (
        -impact.critical_offline,
        -impact.partitions_offline,
        -known_or(impact.critical_below_min_isr, 0),
        -known_or(impact.partitions_below_min_isr, 0),
        -known_or(impact.partitions_at_risk, 0),
        -load,
        *impact.scope.ids,
    )
