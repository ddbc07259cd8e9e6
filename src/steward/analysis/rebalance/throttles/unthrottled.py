"""Copies that need no throttle: each takes at most a second at the rate, and all together keep to the rate."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from steward.analysis.rebalance.moves.hops import Hop
from steward.analysis.rebalance.throttles.rates import ThrottledBroker
from steward.model.throttle import FOLLOWER_RATE, LEADER_RATE

UNTHROTTLED_SECONDS = 1.0
"""Seconds at the full rate up to which a copy needs no throttle: to set one and remove it takes longer."""

SHARE_BESIDE_THROTTLED = 0.1
"""Share of the rate for unthrottled copies of a broker that also has throttled ones."""


def needs_no_throttle(hop: Hop, rate: int) -> bool:
    """Return whether a copy takes at most a second at a rate in bytes per second; 0, or an unknown size: no."""
    return rate > 0 and hop.bytes is not None and hop.bytes <= rate * UNTHROTTLED_SECONDS


def ends_of(hop: Hop) -> tuple[ThrottledBroker, ...]:
    """Return the brokers that a copy loads: the leader that sends it, and those that receive it."""
    if not hop.copies:
        return ()
    receivers = (ThrottledBroker(broker, FOLLOWER_RATE) for broker in hop.adding)
    return (ThrottledBroker(hop.leader, LEADER_RATE), *receivers)


@dataclass
class UnthrottledBudget:
    """Bytes that unthrottled copies may still take from and to each broker (a token bucket per broker and direction).

    It holds a second's worth of ``rate`` (bytes per second; 0: no limit) and is refilled as time passes. A copy starts
    while anything is left and may overdraw it, so the average over time keeps to the rate.
    """

    rate: int
    _left: dict[ThrottledBroker, float] = field(default_factory=dict[ThrottledBroker, float])
    _at: float | None = None

    def refill(self, now: float, share: float, throttled: Iterable[Hop] = ()) -> None:
        """Add what the time since the last call allows, at a share of the rate.

        ``throttled`` are copies in progress with a throttle; the brokers that they load get less.
        """
        passed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._at = now
        beside: Collection[ThrottledBroker] = {end for hop in throttled for end in ends_of(hop)}
        for end, left in self._left.items():
            part = SHARE_BESIDE_THROTTLED if end in beside else 1.0
            self._left[end] = min(self._full, left + passed * self.rate * share * part)

    def allows(self, hop: Hop) -> bool:
        """Return whether a hop may start now; a throttled one always may."""
        if self.rate <= 0 or not needs_no_throttle(hop, self.rate):
            return True
        return all(self._left.get(end, self._full) > 0 for end in ends_of(hop))

    def spend(self, hop: Hop) -> None:
        """Take the bytes of a hop that starts."""
        if self.rate > 0 and needs_no_throttle(hop, self.rate):
            for end in ends_of(hop):
                self._left[end] = self._left.get(end, self._full) - (hop.bytes or 0)

    @property
    def _full(self) -> float:
        return self.rate * UNTHROTTLED_SECONDS
