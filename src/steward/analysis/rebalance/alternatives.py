"""The nearest goal that is possible: fewer brokers to drain, or a wider tolerance."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import ceil, inf

import numpy as np

from steward.analysis.rebalance.goal import Intent, Obstacle, RebalanceGoal
from steward.analysis.rebalance.layout import PLACED, ReplicaLayout, no_leaders
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.model.command import Hint

Propose = Callable[[RebalanceGoal, ReplicaLayout], ProvedPlacement | tuple[Obstacle, ...]]

_WORK = 200_000
"""Partitions planned in all to find brokers that can be drained: a bound of work, not of time."""
_WINDOW_RULES = frozenset({"window_infeasible", "window_not_found", "window_unreachable"})


def refused_with_alternative(
    goal: RebalanceGoal, layout: ReplicaLayout, refused: tuple[Obstacle, ...], propose: Propose
) -> tuple[Obstacle, ...]:
    """Return the reasons against a drain, each with the brokers that can be drained together."""
    if goal.intent is not Intent.DRAIN or len(goal.brokers) < 2:
        return refused
    found = drainable(goal, layout, propose)
    if not found:
        return refused
    names = ",".join(map(str, sorted(found)))
    return tuple(
        replace(o, instead=Hint(f"possible: --brokers {names}; or ", o.instead)) for o in refused
    )


def drainable(goal: RebalanceGoal, layout: ReplicaLayout, propose: Propose) -> frozenset[int]:
    """Return brokers of a drain, not all, for which a plan exists; none if that takes too much work.

    Brokers are added in ascending order while a plan exists.
    """
    found: frozenset[int] = frozenset()
    left = _WORK
    for broker in sorted(goal.brokers & layout.place.keys()):
        wider = found | {broker}
        left -= len(layout.partitions)
        if left < 0 or wider == goal.brokers:
            break
        if isinstance(propose(replace(goal, brokers=wider), layout), ProvedPlacement):
            found = wider
    return found


def with_tolerance(
    goal: RebalanceGoal, layout: ReplicaLayout, proposal: ProvedPlacement, notes: Iterable[Obstacle]
) -> tuple[Obstacle, ...]:
    """Return the notes; those about windows that are not met say which tolerance the plan keeps."""
    reached = kept_tolerance(goal, layout, proposal)
    if not np.isfinite(reached) or reached <= goal.tolerance:
        return tuple(notes)
    percent = ceil(reached * 100 - 1e-7)
    return tuple(
        replace(o, instead=Hint(f"the plan keeps --tolerance {percent}; ", o.instead))
        if o.rule in _WINDOW_RULES and percent <= 100
        else o
        for o in notes
    )


def kept_tolerance(goal: RebalanceGoal, layout: ReplicaLayout, proposal: ProvedPlacement) -> float:
    """Return the largest deviation of a broker from the middle of its window, as a share of it; inf if unknown.

    Where new brokers are filled, only they count.
    """
    counted = proposal.usable
    if goal.intent is Intent.ADD_BROKER:
        counted = counted & np.array([b in goal.brokers for b in layout.brokers], np.bool_)
    most = 0.0
    for resource, window in proposal.windows.items():
        if resource not in PLACED:
            continue
        share = (window.low + window.high)[counted] / 2
        load = layout.load(resource, proposal.replicas, no_leaders(layout))[counted]
        if not (share > 0).all():
            return inf
        most = max(most, float((np.abs(load - share) / share).max(initial=0.0)))
    return most
