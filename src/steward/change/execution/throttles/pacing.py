"""Brokers' load during moves, polled now and then from their metrics, if the profile has endpoints."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from steward.analysis.rebalance.moves.pace import FULL, BrokerLatency, Pace, load_of, next_pace
from steward.change.execution.throttles.observation import is_up
from steward.cluster.ports import Observer, Scope
from steward.model.snapshot import Part
from steward.model.unknown import Observed, Unknown, Why

PACE_SECONDS = 60.0
"""Between two polls: a changed rate takes a while to show."""


@dataclass(kw_only=True)
class PaceControl:
    """Polls brokers' metrics; without endpoints in the profile the pace is always full.

    Brokers that are down or have no endpoint are ignored.
    """

    observer: Observer
    clock: Callable[[], float] = time.monotonic
    _quiet: BrokerLatency | None = field(default=None, init=False)
    _at: float | None = field(default=None, init=False)

    def begin(self) -> None:
        """Learn brokers' usual response times before the first move."""
        if self._at is None:
            self._at = self.clock()
            found = self._load()
            self._quiet = found if isinstance(found, BrokerLatency) else None

    def is_due(self) -> bool:
        """Return whether the next poll is due."""
        return self._at is not None and self.clock() - self._at >= PACE_SECONDS

    def check(self, pace: Pace) -> Pace:
        """Return the pace after another poll."""
        self._at = self.clock()
        found = self._load()
        if found is FULL:
            return FULL
        load = found if isinstance(found, BrokerLatency) else None
        self._quiet = self._quiet or load
        return next_pace(pace, load, self._quiet) if self._quiet else next_pace(pace, None, _STILL)

    def _load(self) -> BrokerLatency | Pace | None:
        """Return brokers' response times; the full pace if there are no endpoints; None if they do not respond."""
        parts = frozenset({Part.BROKERS, Part.METRICS})
        seen = self.observer.observe(parts, Scope(metrics_gently=True))
        if not isinstance(seen.metrics, Observed):
            return FULL if seen.metrics.why is Why.NOT_CONFIGURED else None
        if not isinstance(seen.brokers, Observed):
            return None
        up = {b.id for b in seen.brokers.value if is_up(b)}
        asked = {
            broker
            for broker, found in seen.metrics.value.items()
            if broker in up and not (isinstance(found, Unknown) and found.why is Why.NOT_CONFIGURED)
        }
        return load_of(seen.metrics.value, asked) if asked else FULL


_STILL = BrokerLatency(0.0, 0.0, 0.0, 0.0)
