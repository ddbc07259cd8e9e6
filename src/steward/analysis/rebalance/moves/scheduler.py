"""Which moves may start now: as many as brokers can bear at once, the most important first."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from steward.analysis.rebalance.moves.hops import Hop
from steward.analysis.rebalance.throttles.unthrottled import UnthrottledBudget
from steward.model.wording import size

MIB = 1024 * 1024
GIB = 1024 * MIB

LARGE_SECONDS = 5
"""Seconds at the full rate from which a copy counts as large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveLimits:
    """Limits of moves in progress.

    A hop takes a slot of the broker that receives the copy and of the leader that sends it; a hop of at most
    ``small_bytes`` takes ``small_slot`` of one, and a hop of ``large_bytes`` or more ``large_slot``. A hop of more
    bytes than ``bytes_per_broker`` runs alone.

    Source: Cruise Control's defaults (5 moves per broker, 1,250 per cluster).
    """

    slots_per_destination: float = 5.0
    slots_per_source: float = 10.0
    hops_per_cluster: int = 1_000
    bytes_per_broker: int = 64 * GIB
    small_bytes: int = 10 * MIB
    small_slot: float = 0.02
    large_bytes: int | None = None
    large_slot: float = 2.5

    @classmethod
    def within(cls, rate: int) -> "MoveLimits":
        """Return caps for moves with a rate in bytes per second; 0: unlimited.

        Copies that alone use the full rate for a while run two at a time, not five, the second once the first is half
        done. That takes no longer, because they share the rate; but they finish one after the other, and so do their
        leader changes, which disturb clients more if many happen at once.
        """
        return cls(large_bytes=rate * LARGE_SECONDS or None)

    def scaled(self, share: float) -> "MoveLimits":
        """Return the caps for a share of the load; at least one hop per broker."""
        return replace(
            self,
            slots_per_destination=max(1.0, self.slots_per_destination * share),
            slots_per_source=max(1.0, self.slots_per_source * share),
        )

    def slot(self, hop: Hop, *, is_half_done: bool = True) -> float:
        """Return the slots of a hop; a large one counts twice until it is half done."""
        if not hop.copies:
            return 0.0
        if hop.bytes is not None and hop.bytes <= self.small_bytes:
            return self.small_slot
        if not self.is_large(hop):
            return 1.0
        return self.large_slot if is_half_done else 2 * self.large_slot

    def is_large(self, hop: Hop) -> bool:
        """Return whether a copy alone uses the full rate for a while."""
        return self.large_bytes is not None and (hop.bytes or 0) >= self.large_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HopCandidate:
    """A hop that may start, or is in progress.

    ``begun``: its move has completed an earlier hop. ``copies_left`` includes this hop. ``is_half_done``: half of its
    bytes are copied.
    """

    hop: Hop
    copies_left: int = 1
    is_half_done: bool = False
    begun: bool = False
    at_risk: bool = False
    is_internal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledHops:
    """Hops that may start now, those that follow in their order, and descriptions of those no disk has room for."""

    hops: tuple[Hop, ...]
    waiting: tuple[Hop, ...] = ()
    crowded: tuple[str, ...] = ()


def choose(
    candidates: Sequence[HopCandidate],
    under_way: Iterable[HopCandidate],
    caps: MoveLimits,
    room: Mapping[int, int] | None = None,
    budget: UnthrottledBudget | None = None,
) -> ScheduledHops:
    """Choose which hops may start now.

    Order: under-replicated partitions first, then moves that are begun, then small before large, except those whose
    sequence of copies alone takes a broker's whole time, which start first. Among large ones those of the leader with
    most to send come first; internal topics last, one at a time. Leaders take turns: while others have data to send, no
    leader sends more than its share, except to under-replicated partitions. ``room`` is the free space of each
    broker's disk, if known: copies in progress count in full. ``budget`` limits copies without a throttle; what starts
    is taken from it.
    """
    load = _Load(caps, room or {})
    budget = budget or UnthrottledBudget(0)
    has_internal = False
    for one in under_way:
        load.add(one.hop, is_half_done=one.is_half_done)
        has_internal |= one.is_internal
    chosen: list[Hop] = []
    crowded: list[str] = []
    is_busy = load.hops > 0
    ordered = in_order = _in_order(candidates, caps)
    for share in (_fair_share(candidates, caps), caps.slots_per_source):
        left: list[HopCandidate] = []
        for one in ordered:
            if load.hops >= caps.hops_per_cluster:
                break
            if one.is_internal and (has_internal or is_busy or chosen):
                continue
            if lack := load.lack(one.hop):
                crowded.append(lack)
            elif budget.allows(one.hop) and load.has_slot(
                one.hop, caps.slots_per_source if one.at_risk else share
            ):
                load.add(one.hop, is_half_done=False)
                budget.spend(one.hop)
                chosen.append(one.hop)
                has_internal |= one.is_internal
            else:
                left.append(one)
        ordered = left
    starting = {hop.partition for hop in chosen}
    waiting = tuple(one.hop for one in in_order if one.hop.partition not in starting)
    return ScheduledHops(hops=tuple(chosen), waiting=waiting, crowded=tuple(crowded))


def _fair_share(candidates: Sequence[HopCandidate], caps: MoveLimits) -> float:
    """Return how many hops a leader sends at once if all leaders with data to send do the same: they share its rate."""
    targets = {broker for one in candidates for broker in one.hop.adding}
    leaders = {one.hop.leader for one in candidates if one.hop.copies}
    fair = caps.slots_per_destination * len(targets) / max(1, len(leaders))
    return min(fair, caps.slots_per_source)


def _in_order(candidates: Sequence[HopCandidate], caps: MoveLimits) -> list[HopCandidate]:
    bytes_to: Counter[int] = Counter()
    bytes_from: Counter[int] = Counter()
    for one in candidates:
        for broker in one.hop.adding:
            bytes_to[broker] += one.hop.bytes or 0
            bytes_from[one.hop.leader] += one.hop.bytes or 0

    def bounds(one: HopCandidate) -> bool:
        """Return whether it alone, copy after copy, takes as long as all other hops of its broker in parallel."""
        size = one.hop.bytes or 0
        way = size * max(1, one.copies_left)
        return size > caps.small_bytes and any(
            way * caps.slots_per_destination > bytes_to[b] for b in one.hop.adding
        )

    def rank(one: HopCandidate) -> tuple[bool, bool, bool, bool, int, int, str, int]:
        hop = one.hop
        return (
            one.is_internal,
            not one.at_risk,
            not one.begun,
            not bounds(one),
            -bytes_from[hop.leader] if caps.is_large(hop) else 0,
            hop.bytes or 0,
            hop.partition.topic,
            hop.partition.partition,
        )

    return sorted(candidates, key=rank)


@dataclass
class _Load:
    """Slots in use at each broker."""

    caps: MoveLimits
    room: Mapping[int, int]
    hops: int = 0
    slots_to: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    slots_from: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    bytes_to: Counter[int] = field(default_factory=Counter[int])
    bytes_from: Counter[int] = field(default_factory=Counter[int])

    def add(self, hop: Hop, *, is_half_done: bool) -> None:
        self.hops += 1
        slot, size = self.caps.slot(hop, is_half_done=is_half_done), hop.bytes or 0
        for broker in hop.adding:
            self.slots_to[broker] += slot
            self.bytes_to[broker] += size
            self.slots_from[hop.leader] += slot
            self.bytes_from[hop.leader] += size

    def has_slot(self, hop: Hop, most_from: float) -> bool:
        """Return whether brokers have a free slot, for the leader out of ``most_from``; an unused broker always has."""
        if not hop.copies:
            return True
        caps, slot, size = self.caps, self.caps.slot(hop), hop.bytes or 0
        held = (self.bytes_to[b] + self.bytes_from[b] for b in (*hop.adding, hop.leader))
        taken = [(self.slots_to[b], caps.slots_per_destination) for b in hop.adding]
        taken.append((self.slots_from[hop.leader], most_from))
        return all(not there or there + size <= caps.bytes_per_broker for there in held) and all(
            not busy or busy + slot <= most for busy, most in taken
        )

    def lack(self, hop: Hop) -> str:
        """Return that a disk has no room for a copy beside those in progress to it."""
        for broker in hop.adding:
            free = self.room.get(broker)
            if free is None or hop.bytes is None:
                continue
            left = free - self.bytes_to[broker]
            if hop.bytes > left:
                takes = size(hop.bytes)
                return f"broker {broker} has {size(max(left, 0))} free, but {hop.partition} needs {takes}"
        return ""
