"""A second implementation of what a rebalance must keep, from the reference alone: plain loops, none of the planner.

Each function yields sentences: what a plan breaks. A sound plan yields none.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from steward.analysis.rebalance.goal import Intent, RebalanceGoal
from steward.analysis.rebalance.layout import BalancedResource, ReplicaLayout
from steward.analysis.rebalance.optimality import ProvedPlacement

PLACED = (BalancedResource.DISK, BalancedResource.NETWORK_IN, BalancedResource.REPLICAS)
NEAR = 1e-6
UNREACHED = {"window_infeasible", "window_not_found", "window_unreachable"}


def rows_of(layout: ReplicaLayout) -> list[list[int]]:
    return [[b for b in row if b >= 0] for row in layout.replicas.tolist()]


def carried_out(layout: ReplicaLayout, plan: ProvedPlacement) -> ReplicaLayout:
    """Return the cluster after a plan: new replicas are in sync, old ones as before."""
    in_sync = np.zeros_like(plan.replicas, np.bool_)
    for row, hosts in enumerate(plan.replicas.tolist()):
        was = dict(zip(layout.replicas[row].tolist(), layout.in_sync[row].tolist(), strict=True))
        for slot, broker in enumerate(hosts):
            in_sync[row, slot] = broker >= 0 and was.get(broker, True)
    return replace(layout, replicas=plan.replicas, leader=plan.leader, in_sync=in_sync)


class Verifier:
    """One cluster and goal."""

    def __init__(self, goal: RebalanceGoal, layout: ReplicaLayout) -> None:
        self.goal, self.layout = goal, layout
        self.brokers = range(len(layout.brokers))
        ids = layout.brokers
        drained = goal.brokers if goal.intent is Intent.DRAIN else frozenset[int]()
        self.excluded = {b for b in self.brokers if ids[b] in goal.excluded}
        self.leaving = {b for b in self.brokers if ids[b] in drained}
        self.dead = {b for b in self.brokers if not layout.alive[b]}
        self.usable = {*self.brokers} - self.excluded - self.leaving - self.dead
        self.before = rows_of(layout)
        self.still = {
            row
            for row, hosts in enumerate(self.before)
            if (goal.fixed is not None and bool(goal.fixed[row]))
            or layout.leader[row] < 0
            or not any(b not in self.dead for b in hosts)
        }
        self.led = {*self.still}
        if goal.intent in (Intent.BALANCE, Intent.ADD_BROKER):
            self.still |= {row for row, hosts in enumerate(self.before) if self.dead & {*hosts}}
        self.need: Mapping[BalancedResource, list[float]] = {
            BalancedResource.DISK: layout.size.tolist(),
            BalancedResource.NETWORK_IN: layout.bytes_in.tolist(),
            BalancedResource.REPLICAS: [1.0] * len(self.before),
        }

    def failures(self, plan: ProvedPlacement) -> Iterator[str]:
        """Yield everything that a plan breaks."""
        after = [[b for b in row if b >= 0] for row in plan.replicas.tolist()]
        yield from self._replicas(after)
        yield from self._racks(after)
        yield from self._bytes(after, plan)
        yield from self._scope(after, plan)
        yield from self._leaders(after, plan)
        if self.goal.intent in (Intent.BALANCE, Intent.ADD_BROKER):
            yield from self._windows(after, plan)
        if self.goal.intent is Intent.DRAIN:
            yield from self._drained(after, plan)

    def _replicas(self, after: list[list[int]]) -> Iterator[str]:
        for row, (was, now) in enumerate(zip(self.before, after, strict=True)):
            if len(now) != len(was) or len(set(now)) != len(now):
                yield f"row {row}: {was} became {now}"
            if row in self.still and ({*now} != {*was} if row not in self.led else now != was):
                yield f"row {row} must not change: {was} became {now}"
            came, gone = set(now) - set(was), set(was) - set(now)
            if came - self.usable:
                yield f"row {row}: came to {came - self.usable}, which may not receive"
            if gone & self.excluded:
                yield f"row {row}: left {gone & self.excluded}, which are excluded"
            if gone & self.dead and self.goal.intent in (Intent.BALANCE, Intent.ADD_BROKER):
                yield f"row {row}: left {gone & self.dead}, which are dead"

    def _racks(self, after: list[list[int]]) -> Iterator[str]:
        """A partition that changes has no more replicas beside another in a rack than before, or than must be."""
        rack = self.layout.rack.tolist()
        racks = len({rack[b] for b in self.usable})
        for row, (was, now) in enumerate(zip(self.before, after, strict=True)):
            if set(was) == set(now):
                continue
            beside = [
                sum(n - 1 for n in Counter(rack[b] for b in hosts).values()) for hosts in (was, now)
            ]
            if beside[1] > max(beside[0], len(now) - racks):
                yield f"row {row}: racks {[rack[b] for b in was]} became {[rack[b] for b in now]}"

    def _bytes(self, after: list[list[int]], plan: ProvedPlacement) -> Iterator[str]:
        moved, count = 0.0, 0
        for row, (was, now) in enumerate(zip(self.before, after, strict=True)):
            new = len(set(now) - set(was))
            moved, count = moved + new * float(self.layout.size[row]), count + new
        if abs(moved - plan.moved_bytes) > NEAR * max(1.0, moved):
            yield f"moves {moved}, says {plan.moved_bytes}"
        if count != plan.replicas_moved:
            yield f"moves {count} replicas, says {plan.replicas_moved}"
        if plan.lower_bound_bytes > plan.moved_bytes * (1 + NEAR) or plan.gap < -NEAR:
            yield f"bound {plan.lower_bound_bytes} above {plan.moved_bytes}"

    def _scope(self, after: list[list[int]], plan: ProvedPlacement) -> Iterator[str]:
        if self.goal.intent is Intent.LEADERS and plan.moved_bytes:
            yield "leaders moves data"
        if self.goal.intent is Intent.ADD_BROKER:
            new = {b for b in self.brokers if self.layout.brokers[b] in self.goal.brokers}
            for row, (was, now) in enumerate(zip(self.before, after, strict=True)):
                if set(now) - set(was) - new:
                    yield f"row {row}: moves among brokers that are not new: {was} became {now}"

    def _leaders(self, after: list[list[int]], plan: ProvedPlacement) -> Iterator[str]:
        changed = 0
        for row, now in enumerate(after):
            was, leads = int(self.layout.leader[row]), int(plan.leader[row])
            changed += leads != was and was >= 0
            if was < 0:
                continue
            if leads not in now:
                yield f"row {row}: leader {leads} holds no replica of {now}"
            elif row not in self.led and now[0] != leads:
                yield f"row {row}: leader {leads} is not the first of {now}"
            if leads != was and was in now:
                if was in self.excluded or row in self.led:
                    yield f"row {row}: leader {was} must stay"
                if leads not in self.usable:
                    yield f"row {row}: leader {leads} may not lead"
                slots = dict(
                    zip(self.layout.replicas[row].tolist(), self.layout.in_sync[row], strict=True)
                )
                if not slots.get(leads, True):
                    yield f"row {row}: leader {leads} is not in sync"
        if changed != plan.leaders_moved:
            yield f"{changed} leaders change, says {plan.leaders_moved}"
        if plan.leaders_bound > plan.leaders_moved:
            yield f"{plan.leaders_moved} leaders change, bound {plan.leaders_bound}"

    def _drained(self, after: list[list[int]], plan: ProvedPlacement) -> Iterator[str]:
        named = {note.about for note in plan.notes}
        for row, now in enumerate(after):
            left = set(now) & self.leaving
            if left and row not in self.still and str(self.layout.partitions[row]) not in named:
                yield f"row {row} stays on {left} and no note says so"
            gone = set(self.before[row]) - set(now)
            if gone - self.leaving:
                yield f"row {row}: a drain moved it from {gone - self.leaving}"

    # Windows

    def load(self, resource: BalancedResource, rows: list[list[int]]) -> list[float]:
        found = [0.0] * len(self.brokers)
        for row, hosts in enumerate(rows):
            for broker in hosts:
                found[broker] += self.need[resource][row]
        return found

    def shares(self, resource: BalancedResource) -> list[float]:
        """Return each usable broker's share: of what usable brokers hold, within what racks can hold."""
        rack = self.layout.rack.tolist()
        need = self.need[resource]
        fixed, total = [0.0] * len(self.brokers), 0.0
        racks = sorted({rack[b] for b in self.usable})
        size = {r: sum(1 for b in self.usable if rack[b] == r) for r in racks}
        low, high = dict.fromkeys(racks, 0.0), dict.fromkeys(racks, 0.0)
        for row, hosts in enumerate(self.before):
            for broker in hosts:
                if broker in self.usable:
                    total += need[row]
                if row in self.still:
                    fixed[broker] += need[row]
                    if broker in self.usable:
                        low[rack[broker]] += need[row]
                        high[rack[broker]] += need[row]
            if row not in self.still and racks:
                each, rest = divmod(len(hosts), len(racks))
                for r in racks:
                    high[r] += need[row] * min(each + (rest > 0), size[r])
                    if not set(hosts) - self.usable:
                        low[r] += need[row] * min(each, size[r])

        members = {r: [b for b in self.usable if rack[b] == r] for r in racks}

        def within(r: int, level: float) -> float:
            return min(max(_held(level, fixed, members[r]), low[r]), high[r])

        def whole(level: float) -> float:
            return sum(within(r, level) for r in racks)

        level = _solved(whole, total)
        found = [0.0] * len(self.brokers)
        for r in racks:
            own = _solved(partial(_held, fixed=fixed, members=members[r]), within(r, level))
            found = [own if b in members[r] else share for b, share in enumerate(found)]
        return found

    def window(self, resource: BalancedResource) -> list[tuple[float, float]]:
        shares, load = self.shares(resource), self.load(resource, self.before)
        found: list[tuple[float, float]] = []
        fixed = [0.0] * len(self.brokers)
        for row in self.still:
            for broker in self.before[row]:
                fixed[broker] += self.need[resource][row]
        for b in self.brokers:
            low = shares[b] * (1 - self.goal.tolerance)
            high = max(shares[b] * (1 + self.goal.tolerance), fixed[b])
            if b not in self.usable:
                low = high = load[b]
            elif (
                self.goal.intent is Intent.ADD_BROKER
                and self.layout.brokers[b] not in self.goal.brokers
            ):
                low, high = min(low, load[b]), max(high, load[b])
            if resource is BalancedResource.DISK:
                high = min(high, max(float(self.layout.disk[b]), load[b]))
            found.append((min(low, high), high))
        return found

    def outside(self, resource: BalancedResource, rows: list[list[int]]) -> list[int]:
        window, load = self.window(resource), self.load(resource, rows)
        slack = NEAR * max((high for _, high in window), default=0.0)
        return [
            b for b in self.brokers if not window[b][0] - slack <= load[b] <= window[b][1] + slack
        ]

    def violation(self, resource: BalancedResource, rows: list[list[int]]) -> float:
        window, load = self.window(resource), self.load(resource, rows)
        return sum(max(window[b][0] - load[b], load[b] - window[b][1], 0.0) for b in self.brokers)

    def _windows(self, after: list[list[int]], plan: ProvedPlacement) -> Iterator[str]:
        out = 0
        for resource in [r for r in self.goal.resources if r in PLACED]:
            window = plan.windows[resource]
            whole = max(1e-9, max(h for _, h in self.window(resource)))
            for b, (low, high) in enumerate(self.window(resource)):
                claimed = float(window.low[b]), float(window.high[b])
                if max(abs(claimed[0] - low), abs(claimed[1] - high)) > NEAR * whole:
                    yield f"{resource} of broker {b}: window {(low, high)}, says {claimed}"
            outside = self.outside(resource, after)
            out += len(outside)
            if len(outside) != plan.after[resource].outside:
                yield f"{resource}: {outside} outside, says {plan.after[resource].outside}"
        rules = {n.rule for n in plan.notes} & UNREACHED
        if bool(out) != bool(rules):
            yield f"{out} brokers outside, notes {rules}"
        first = self.goal.resources[0]
        if first in PLACED:
            spoiled = self.violation(first, after) - self.violation(first, self.before)
            if spoiled > NEAR * max(1.0, sum(self.load(first, after))):
                yield f"{first} is farther outside by {spoiled}"


def _held(level: float, fixed: Sequence[float], members: Sequence[int]) -> float:
    return sum(max(level, fixed[b]) for b in members)


def _solved(held: Callable[[float], float], total: float) -> float:
    """Return the highest level at which no more than the total is held."""
    low, high = 0.0, 1.0
    while held(high) <= total * (1 + 1e-12) and high < 1e30:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if held(middle) <= total * (1 + 1e-12) else (low, middle)
    return low
