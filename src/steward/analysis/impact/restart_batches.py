"""Which brokers may restart together, so that a rolling restart takes few steps: first fit, rack by rack."""

from dataclasses import dataclass

import numpy as np

from steward.analysis.impact.layout import NONE, ColumnInts, Flags, PartitionColumns


@dataclass(frozen=True, slots=True)
class Batches:
    """Broker ids: batches that may restart together, in order, and brokers that may not restart now."""

    together: tuple[tuple[int, ...], ...]
    blocked: tuple[int, ...]


def batches(
    layout: PartitionColumns,
    accepted: Flags,
    *,
    voters: frozenset[int] = frozenset(),
    spare_voters: int | None = None,
    last: int | None = None,
) -> Batches:
    """Pack all live brokers into batches, each safe once the previous one is in sync again.

    ``accepted`` are partitions (columns) whose writes may stop; a batch holds at most ``spare_voters`` of the
    ``voters``; broker ``last``, the active controller, is in the last batch.

    Source: a batch is safe if |ISR less the batch| >= min.insync.replicas for every partition.
    """
    spare = layout.in_isr.sum(axis=0, dtype=np.int32) - layout.min_isr
    rows = _rows(layout, ~accepted & (layout.min_isr != NONE))
    packs: list[_Batch] = []
    blocked: list[int] = []
    order = sorted(np.flatnonzero(layout.alive).tolist(), key=lambda b: (int(layout.rack[b]), b))
    order = [b for b in order if layout.brokers[b] != last]
    at_end = [
        b for b in range(len(layout.brokers)) if layout.brokers[b] == last and layout.alive[b]
    ]
    for broker in order + at_end:
        mine, votes = rows[broker], int(layout.brokers[broker] in voters)
        alone = (spare[mine] >= 1).all() and (spare_voters is None or votes <= spare_voters)
        if not alone:
            blocked.append(layout.brokers[broker])
            continue
        tried = packs[-1:] if broker in at_end else packs
        fitting = (p for p in tried if p.takes(mine, spare, votes, spare_voters))
        pack = next(fitting, None)
        if pack is None:
            pack = _Batch(layout.partitions)
            packs.append(pack)
        pack.add(layout.brokers[broker], mine, votes)
    return Batches(tuple(tuple(sorted(p.brokers)) for p in packs), tuple(sorted(blocked)))


class _Batch:
    """A batch under construction: how many in-sync replicas each partition loses by it."""

    def __init__(self, partitions: int) -> None:
        self.brokers: list[int] = []
        self._gone = np.zeros(partitions, np.int32)
        self._votes = 0

    def takes(
        self, mine: ColumnInts, spare: ColumnInts, votes: int, spare_voters: int | None
    ) -> bool:
        if spare_voters is not None and self._votes + votes > spare_voters:
            return False
        return bool((self._gone[mine] + 1 <= spare[mine]).all())

    def add(self, broker: int, mine: ColumnInts, votes: int) -> None:
        self.brokers.append(broker)
        self._gone[mine] += 1
        self._votes += votes


def _rows(layout: PartitionColumns, counted: Flags) -> list[ColumnInts]:
    """Return, by broker, the partitions for which it is in sync."""
    brokers = [layout.replicas[s][layout.in_isr[s] & counted] for s in range(len(layout.replicas))]
    rows = [np.flatnonzero(layout.in_isr[s] & counted) for s in range(len(layout.replicas))]
    of = np.concatenate(brokers) if brokers else np.empty(0, np.int32)
    at = np.concatenate(rows) if rows else np.empty(0, np.int64)
    order = np.argsort(of, kind="stable")
    bounds = np.searchsorted(of[order], np.arange(len(layout.brokers) + 1))
    return [
        at[order[bounds[b] : bounds[b + 1]]].astype(np.int32) for b in range(len(layout.brokers))
    ]
