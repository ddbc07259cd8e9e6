"""Replication throttles of moves: recorded, set and read back before a move, and removed after it."""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from steward.analysis.rebalance.moves.hops import Hop
from steward.analysis.rebalance.moves.pace import FULL, Pace, differs, rate_at
from steward.analysis.rebalance.throttles.rates import (
    LEAST_RATE,
    ThrottledBroker,
    ThrottledReplica,
    TooSlow,
    covers,
    floor_of,
    incoming_at,
    items_of,
    limited_by,
    rate_for,
)
from steward.analysis.rebalance.throttles.unthrottled import needs_no_throttle
from steward.change.execution.step_results import may_take_effect
from steward.change.execution.throttles.ledger import ThrottleLedger, partition_of
from steward.change.execution.throttles.observation import ObservedThrottles, observe_throttles
from steward.change.execution.throttles.pacing import PaceControl
from steward.change.execution.throttles.release import ThrottleRelease
from steward.change.execution.throttles.requests import appended, not_visible, perform, set_rate
from steward.change.execution.throttles.write_rates import WriteRates
from steward.change.execution.wait_until import SETTLING_SECONDS, BoundedWait
from steward.cluster.ports import Changer, Observer, Progress, quiet
from steward.model.change import AlterConfigs
from steward.model.command import Hint, steward
from steward.model.error import (
    BrokerRefused,
    ClusterUnreachable,
    DeadlineExceeded,
    LeaseLost,
    StewardError,
    StoreUnavailable,
)
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.throttle import THROTTLED_RATES, HeldThrottle, ThrottleKind
from steward.model.unknown import Observed
from steward.model.wording import count, duration, few


@dataclass(kw_only=True)
class Throttling:
    """Throttles the moves of one plan to ``rate_limit`` bytes per second on each broker and direction; 0: none.

    Everything stored for this cluster, from any plan, is steward's: after a kill the next run takes it over. A broker
    that is down is left out, and what was set on it stays pending.
    Errors: StewardError before a move is requested; StoreUnavailable, before any change that could not be recorded.
    """

    plan_id: str
    rate_limit: int
    observer: Observer
    changer: Changer
    ledger: ThrottleLedger
    written: WriteRates
    pacing: PaceControl
    progress: Progress = quiet
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _releasing: ThrottleRelease = field(init=False)
    _pace: Pace = field(default=FULL, init=False)
    _allowed: bool = field(default=False, init=False)
    _unthrottled: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Share everything with the release."""
        self._releasing = ThrottleRelease(
            observer=self.observer,
            changer=self.changer,
            ledger=self.ledger,
            sleep=self.sleep,
            clock=self.clock,
        )

    def unthrottled_rate(self, brokers: Collection[int]) -> int:
        """Return the rate that copies without a throttle must keep to: the operator's, where that is lower.

        Errors: StewardError, if brokers' rates cannot be read.
        """
        if not self.rate_limit:
            return 0
        ends = [ThrottledBroker(b, key) for b in brokers for key in THROTTLED_RATES]
        seen = self._observe((), brokers)
        own = (self._operator_rate(at, seen) for at in ends if at.broker in seen.live)
        self._unthrottled = min((self.rate_limit, *(rate for rate in own if rate is not None)))
        return self._unthrottled

    def before(self, hops: Sequence[Hop]) -> None:
        """Throttle moves before they are requested, apart from those that need no throttle.

        Errors: BrokerRefused for a rate at which they would never finish, with the nearest sufficient one.
        """
        items = items_of(h for h in hops if not needs_no_throttle(h, self._unthrottled))
        if not self.rate_limit or not items:
            return
        self._releasing.release(self._obsolete(items))
        self.written.learn({item.partition.topic for item in items}, self.pacing.begin)
        ends = limited_by((*items, *self.ledger.items))
        seen = self._observe({i.partition.topic for i in items}, {at.broker for at in ends})
        rows = [self._row(item, seen) for item in items]
        changes = appended(rows, seen)
        rates = self._rates((*items, *self.ledger.items), seen)
        self._require_rights([*changes, *(set_rate(*r) for r in rates)])
        self.ledger.write(put=[*rows, *(self._rate_row(at, rate, seen) for at, rate in rates)])
        self._set(changes, rates)

    @property
    def share(self) -> float:
        """The share of rates and limits that brokers can take now, above 0, at most 1."""
        return self._pace.share

    @property
    def rate(self) -> int:
        """The lowest rate set now; 0 if none."""
        return min((int(h.ours[-1]) for h in self.ledger.rates if h.ours), default=0)

    def watch(self) -> None:
        """Adapt rates to brokers' load and producers' write rates; cheap to call at every poll."""
        if not self.rate_limit or not self.pacing.is_due():
            return
        try:
            self._follow()
        except (StoreUnavailable, LeaseLost):
            raise
        except StewardError as fault:  # rates stay unchanged until the next poll
            self.progress(f"rates are unchanged: {fault.summary}")

    def _follow(self) -> None:
        pace = self.pacing.check(self._pace)
        if pace.because and pace.because != self._pace.because:
            self.progress(f"moves run at {pace.share:.0%} of their rate: {pace.because}")
        self._pace = pace
        if not self.ledger.replicas:
            return
        self.written.learn({h.name for h in self.ledger.replicas})
        items = self.ledger.items
        seen = self._observe(
            {i.partition.topic for i in items}, {a.broker for a in limited_by(items)}
        )
        wanted = [
            (at, rate)
            for at, rate in self._rates(items, seen, strict=False)
            if differs(rate, int(seen.rates[at] or 0))
        ]
        if wanted:
            self.ledger.write(put=[self._rate_row(at, rate, seen) for at, rate in wanted])
            self._set([], wanted)

    def after(self, partitions: Sequence[TopicPartition]) -> None:
        """Release finished partitions, and brokers without any other entry."""
        self._release(self.ledger.of(partitions))

    def end(self) -> tuple[str, ...]:
        """Restore everything, except for partitions that still move; return what is pending.

        Called at the start, too, for what earlier runs left pending.
        """
        if not self.ledger.held:
            return ()
        moving = self._moving()
        if isinstance(moving, str):
            return (
                f"throttles are unchanged: it is unknown whether partitions still move: {moving}",
            )
        fault = self._release([h for h in self.ledger.replicas if partition_of(h) not in moving])
        return (*self._pending(moving), *([f"throttles stay: {fault}"] if fault else []))

    def _release(self, rows: Sequence[HeldThrottle]) -> str:
        """Restore, or return why that fails: it is recorded and tried again at the end, and by later runs."""
        try:
            self._releasing.release(rows)
        except (StoreUnavailable, LeaseLost):
            raise
        except StewardError as fault:
            return fault.summary
        return ""

    # Set

    def _obsolete(self, items: Sequence[ThrottledReplica]) -> list[HeldThrottle]:
        """Return partitions' entries from an earlier hop that are no longer needed."""
        needed = {(item.partition.topic, item.key, item.text) for item in items}
        held = self.ledger.of({item.partition for item in items})
        return [h for h in held if h.place not in needed]

    def _row(self, item: ThrottledReplica, seen: ObservedThrottles) -> HeldThrottle:
        topic, key = item.partition.topic, item.key
        known = self.ledger.item(item)
        if known is not None:
            return replace(known, plan_id=self.plan_id, debt="")
        before, entries = self.ledger.without_own(topic, key, seen.lists.get((topic, key)))
        return HeldThrottle(
            kind=ThrottleKind.REPLICA,
            name=topic,
            key=key,
            item=item.text,
            plan_id=self.plan_id,
            before=before,
            ours=() if covers(entries, item) else (item.text,),
        )

    def _rates(
        self, items: Iterable[ThrottledReplica], seen: ObservedThrottles, *, strict: bool = True
    ) -> list[tuple[ThrottledBroker, int]]:
        """Return the rates to set: none where the current one suffices.

        ``strict`` rejects a rate that is too low; once moves are in progress, it is raised to what suffices.
        """
        held = tuple(items)
        written = incoming_at(held, self.written.rates, seen.leaders)
        found: list[tuple[ThrottledBroker, int]] = []
        for at in sorted(limited_by(held), key=lambda a: (a.broker, a.key)):
            if at.broker not in seen.live:
                continue
            incoming = written.get(at, 0.0)
            full = rate_for(at, self.rate_limit, incoming, self._operator_rate(at, seen))
            if isinstance(full, TooSlow):
                if strict:
                    raise _refusal(full)
                full = full.nearest
            rate = rate_at(self._pace, full, floor_of(incoming), LEAST_RATE)
            if str(rate) != (seen.rates[at] or seen.defaults[at]):
                found.append((at, rate))
        return found

    def _operator_rate(self, at: ThrottledBroker, seen: ObservedThrottles) -> int | None:
        """Return the operator's rate for a broker, or the default for all."""
        value = self._before(at, seen) or seen.defaults[at]
        return int(value) if value and value.isdigit() else None

    def _before(self, at: ThrottledBroker, seen: ObservedThrottles) -> str | None:
        """Return the current rate without steward's change, including one that another client set since."""
        known = self.ledger.rate(at)
        return known.before if known and seen.rates[at] in known.ours else seen.rates[at]

    def _rate_row(self, at: ThrottledBroker, rate: int, seen: ObservedThrottles) -> HeldThrottle:
        known, standing = self.ledger.rate(at), seen.rates[at]
        is_ours = known is not None and standing is not None and standing in known.ours
        return HeldThrottle(
            kind=ThrottleKind.RATE,
            name=str(at.broker),
            key=at.key,
            item="",
            plan_id=self.plan_id,
            before=self._before(at, seen),
            ours=(standing, str(rate)) if is_ours and standing else (str(rate),),
        )

    def _set(
        self, changes: Sequence[AlterConfigs], rates: Sequence[tuple[ThrottledBroker, int]]
    ) -> None:
        """Set rates, then lists, and poll until both are visible; a broker that died meanwhile is left out."""
        lost = perform(self.changer, [set_rate(at, rate) for at, rate in rates])
        left = [r for r, fault in zip(rates, lost, strict=True) if fault is None]
        for fault in lost:
            if fault is not None and not isinstance(fault, (ClusterUnreachable, DeadlineExceeded)):
                raise fault
        for fault in perform(self.changer, changes):
            if fault is not None and not may_take_effect(fault):
                raise fault
        self._await(changes, left)
        done = [h for at, _ in left if (h := self.ledger.rate(at)) is not None]
        self.ledger.write(put=[replace(h, ours=h.ours[-1:]) for h in done if len(h.ours) > 1])

    def _await(
        self, changes: Sequence[AlterConfigs], rates: Sequence[tuple[ThrottledBroker, int]]
    ) -> None:
        topics = {change.name for change in changes}
        brokers = {at.broker for at, _ in rates}
        waiting = BoundedWait(SETTLING_SECONDS, sleep=self.sleep, clock=self.clock)
        while topics or brokers:
            seen = self._observe(topics, brokers)
            missing = not_visible(changes, rates, seen)
            if not missing:
                return
            if waiting.is_over:
                raise DeadlineExceeded(
                    f"throttles of {few(missing, 3)} were set, but not observed within {duration(SETTLING_SECONDS)}",
                    may_have_happened=True,
                    remedy=Hint("continue with: ", steward("plan resume", self.plan_id)),
                )
            waiting.pause()

    def _require_rights(self, changes: Sequence[AlterConfigs]) -> None:
        """Check permissions once, before the first change."""
        if self._allowed or not changes:
            return
        denied = next((d for d in self.changer.denied(changes) if d is not None), None)
        if denied is not None:
            raise denied
        self._allowed = True

    # Restore

    def _pending(self, moving: frozenset[TopicPartition]) -> tuple[str, ...]:
        """Return what is pending: throttles of partitions that still move, and those that could not be removed."""
        still = {p for h in self.ledger.replicas if (p := partition_of(h)) in moving and p}
        texts = [
            f"{held.key} of {_about(held)} is still set: {held.debt}"
            for held in self.ledger.held
            if held.debt
        ]
        if still:
            texts.append(
                f"{count(len(still), 'partition')} still moving ({few(sorted(still), 3)}): throttles stay"
            )
        return tuple(texts)

    def _moving(self) -> frozenset[TopicPartition] | str:
        try:
            found = self.observer.observe(frozenset({Part.REASSIGNMENTS})).reassignments
        except StewardError as fault:
            return fault.summary
        if not isinstance(found, Observed):
            return str(found)
        return frozenset(r.partition for r in found.value)

    # Both

    def _observe(self, topics: Iterable[str], brokers: Iterable[int]) -> ObservedThrottles:
        return observe_throttles(self.observer, frozenset(topics), frozenset(brokers))


def _about(held: HeldThrottle) -> str:
    return f"broker {held.name}" if held.kind is ThrottleKind.RATE else f"topic {held.name}"


def _refusal(fault: TooSlow) -> BrokerRefused:
    return BrokerRefused(
        str(fault),
        kafka_error="THROTTLE_TOO_LOW",
        remedy=f"plan again with --rate {fault.nearest / 1_000_000:.2f} or more, or move it when producers write less",
        object_name=f"broker {fault.at.broker}",
    )
