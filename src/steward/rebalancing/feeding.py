"""Which hops may begin now: as many as brokers bear at once, those that matter most first."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from steward.model.wording import bytes_text
from steward.rebalancing.hops import Hop

MIB = 1024 * 1024
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What may be under way at once.

    Shape: a hop takes a slot of the broker that gets the copy and of the leader that sends it; one of at most
           ``small_bytes`` takes ``small_slot`` of one. A hop of more bytes than ``bytes_per_broker`` goes alone.
    Source: Cruise Control's defaults (5 moves a broker, 1,250 a cluster).
    """

    slots_per_destination: float = 5.0
    slots_per_source: float = 10.0
    hops_per_cluster: int = 1_000
    bytes_per_broker: int = 64 * GIB
    small_bytes: int = 10 * MIB
    small_slot: float = 0.05

    def scaled(self, share: float) -> "Caps":
        """Return what is left where brokers bear only a share; one hop a broker always."""
        return replace(
            self,
            slots_per_destination=max(1.0, self.slots_per_destination * share),
            slots_per_source=max(1.0, self.slots_per_source * share),
        )

    def slot(self, hop: Hop) -> float:
        """Return what a hop takes."""
        if not hop.copies:
            return 0.0
        is_small = hop.bytes is not None and hop.bytes <= self.small_bytes
        return self.small_slot if is_small else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A hop that may begin: the first of its move or, ``begun``, a later one."""

    hop: Hop
    begun: bool = False
    at_risk: bool = False
    is_internal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Hops that may begin now, and in words those for which no disk has room."""

    hops: tuple[Hop, ...]
    crowded: tuple[str, ...] = ()


def choose(
    candidates: Sequence[Candidate],
    under_way: Iterable[Candidate],
    caps: Caps,
    room: Mapping[int, int] | None = None,
) -> Choice:
    """Choose what may begin now.

    Shape: what lacks replicas first, then moves that are begun, then small before large, but the one that alone takes
           a broker its time at the start; internal topics last, one at a time. ``room`` is what each broker's disk
           takes yet, where that is known: copies that are under way count in full.
    """
    load = _Load(caps, room or {})
    has_internal = False
    for one in under_way:
        load.add(one.hop)
        has_internal |= one.is_internal
    chosen: list[Hop] = []
    crowded: list[str] = []
    is_busy = load.hops > 0
    for one in _in_order(candidates, caps):
        if load.hops >= caps.hops_per_cluster:
            break
        if one.is_internal and (has_internal or is_busy or chosen):
            continue
        lack = load.lack(one.hop)
        if lack:
            crowded.append(lack)
        elif load.has_slot(one.hop):
            load.add(one.hop)
            chosen.append(one.hop)
            has_internal |= one.is_internal
    return Choice(hops=tuple(chosen), crowded=tuple(crowded))


def _in_order(candidates: Sequence[Candidate], caps: Caps) -> list[Candidate]:
    bytes_to: Counter[int] = Counter()
    for one in candidates:
        for broker in one.hop.adding:
            bytes_to[broker] += one.hop.bytes or 0

    def bounds(hop: Hop) -> bool:
        """Tell whether it alone takes as long as all others of its broker side by side."""
        size = hop.bytes or 0
        return size > caps.small_bytes and any(
            size * caps.slots_per_destination > bytes_to[b] for b in hop.adding
        )

    def rank(one: Candidate) -> tuple[bool, bool, bool, bool, int, str, int]:
        hop = one.hop
        return (
            one.is_internal,
            not one.at_risk,
            not one.begun,
            not bounds(hop),
            hop.bytes or 0,
            hop.partition.topic,
            hop.partition.partition,
        )

    return sorted(candidates, key=rank)


@dataclass
class _Load:
    """What is under way at each broker."""

    caps: Caps
    room: Mapping[int, int]
    hops: int = 0
    slots_to: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    slots_from: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    bytes_to: Counter[int] = field(default_factory=Counter[int])
    bytes_from: Counter[int] = field(default_factory=Counter[int])

    def add(self, hop: Hop) -> None:
        self.hops += 1
        slot, size = self.caps.slot(hop), hop.bytes or 0
        for broker in hop.adding:
            self.slots_to[broker] += slot
            self.bytes_to[broker] += size
            self.slots_from[hop.leader] += slot
            self.bytes_from[hop.leader] += size

    def has_slot(self, hop: Hop) -> bool:
        if not hop.copies:
            return True
        caps, slot, size = self.caps, self.caps.slot(hop), hop.bytes or 0
        held = (self.bytes_to[b] + self.bytes_from[b] for b in (*hop.adding, hop.leader))
        return (
            all(not there or there + size <= caps.bytes_per_broker for there in held)
            and all(self.slots_to[b] + slot <= caps.slots_per_destination for b in hop.adding)
            and self.slots_from[hop.leader] + slot <= caps.slots_per_source
        )

    def lack(self, hop: Hop) -> str:
        """Say that a disk has no room for a copy beside those that are under way to it."""
        for broker in hop.adding:
            free = self.room.get(broker)
            if free is None or hop.bytes is None:
                continue
            left = free - self.bytes_to[broker]
            if hop.bytes > left:
                takes = bytes_text(hop.bytes)
                return f"broker {broker} has room for {bytes_text(max(left, 0))}, and {hop.partition} takes {takes}"
        return ""
