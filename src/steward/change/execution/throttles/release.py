"""Remove steward's throttles: items from lists, rates restored, on brokers that respond."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from steward.analysis.rebalance.throttles.rates import ThrottledBroker
from steward.change.execution.throttles.ledger import ThrottleLedger
from steward.change.execution.throttles.observation import ObservedThrottles, observe_throttles
from steward.change.execution.throttles.requests import perform, put_back, subtracted
from steward.change.execution.wait_until import SETTLING_SECONDS, BoundedWait
from steward.change.planning.config_effects import items_of as listed
from steward.cluster.ports import Changer, Observer
from steward.model.change import ConfigTarget
from steward.model.throttle import HeldThrottle


@dataclass(kw_only=True)
class ThrottleRelease:
    """Restores what the ledger records, and deletes the entry afterwards; what fails stays as pending.

    Errors: StewardError if nothing can be observed; StoreUnavailable.
    """

    observer: Observer
    changer: Changer
    ledger: ThrottleLedger
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def release(self, rows: Sequence[HeldThrottle]) -> None:
        """Remove items from lists, then restore rates that no throttle of steward needs."""
        if rows:
            self._release_items(rows)
        unneeded = self.ledger.unused_rates()
        if unneeded:
            self._release_rates(unneeded)

    def _release_items(self, rows: Sequence[HeldThrottle]) -> None:
        topics = {h.name for h in rows}
        seen = self._observe(topics, ())
        gone = [h for h in rows if h.name not in seen.topics]
        there = [h for h in rows if h.name in seen.topics]
        changes = subtracted(there, seen)
        faults = perform(self.changer, changes)
        failed = {c.name: str(f) for c, f in zip(changes, faults, strict=True) if f is not None}
        done = [h for h in there if h.name not in failed]
        self._restore_text(done, failed)
        self.ledger.write(
            put=[replace(h, debt=failed[h.name]) for h in there if h.name in failed],
            drop=[*gone, *(h for h in done if h.name not in failed)],
        )

    def _restore_text(self, rows: Sequence[HeldThrottle], failed: dict[str, str]) -> None:
        """Restore the exact former text of lists without steward's items: unset, or as it was spelled."""
        released = set(rows)
        lists = {(h.name, h.key): h.before for h in rows}
        wanted = {
            place: before
            for place, before in lists.items()
            if released.issuperset(self.ledger.of_list(*place))
        }
        if not wanted:
            return
        seen = self._await_removal(rows)
        changes = [
            put_back(ConfigTarget.TOPIC, topic, key, before)
            for (topic, key), before in sorted(wanted.items())
            if (found := seen.lists.get((topic, key))) is not None
            and found != before
            and listed(found) == listed(before)
        ]
        faults = perform(self.changer, changes)
        failed |= {c.name: str(f) for c, f in zip(changes, faults, strict=True) if f is not None}

    def _await_removal(self, rows: Sequence[HeldThrottle]) -> ObservedThrottles:
        """Poll until removed items are gone, or the time is over."""
        waiting = self._waiting()
        while True:
            seen = self._observe({h.name for h in rows}, ())
            left = [h for h in rows if set(h.ours) & set(listed(seen.lists.get((h.name, h.key))))]
            if not left or waiting.is_over:
                return seen
            waiting.pause()

    def _release_rates(self, rows: Sequence[HeldThrottle]) -> None:
        seen = self._observe((), {int(h.name) for h in rows})
        down = [h for h in rows if int(h.name) not in seen.live]
        there = [h for h in rows if int(h.name) in seen.live]
        ours = [h for h in there if seen.rates[ThrottledBroker(int(h.name), h.key)] in h.ours]
        changes = [put_back(ConfigTarget.BROKER, h.name, h.key, h.before) for h in ours]
        faults = dict(zip((h.place for h in ours), perform(self.changer, changes), strict=True))
        self._await_rates([h for h in ours if faults[h.place] is None])
        self.ledger.write(
            put=[
                *(replace(h, debt=f"broker {h.name} is down") for h in down),
                *(replace(h, debt=str(f)) for h in ours if (f := faults[h.place]) is not None),
            ],
            drop=[h for h in there if faults.get(h.place) is None],
        )

    def _await_rates(self, rows: Sequence[HeldThrottle]) -> None:
        """Poll until each broker reports its former rate: else steward's rate would later pass for the operator's."""
        waiting = self._waiting()
        while rows:
            seen = self._observe((), {int(h.name) for h in rows})
            rows = [h for h in rows if _stands(h, seen)]
            if not rows or waiting.is_over:
                return
            waiting.pause()

    def _waiting(self) -> BoundedWait:
        return BoundedWait(SETTLING_SECONDS, sleep=self.sleep, clock=self.clock)

    def _observe(self, topics: Iterable[str], brokers: Iterable[int]) -> ObservedThrottles:
        return observe_throttles(self.observer, frozenset(topics), frozenset(brokers))


def _stands(held: HeldThrottle, seen: ObservedThrottles) -> bool:
    """Return whether a rate set by steward is still reported."""
    value = seen.rates.get(ThrottledBroker(int(held.name), held.key))
    return value in held.ours and value != held.before
