"""Capacity of unlike brokers and racks: their shares of the load, as options give them."""

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from steward.commands.reassignment.goal_options import GoalOptions, ids
from steward.commands.reassignment.rebalance_input import RebalanceInput
from steward.model.error import UsageError
from steward.model.wording import few

if TYPE_CHECKING:  # imports numpy: loaded only when planning
    from steward.analysis.rebalance.layout import ReplicaLayout

_NAMED = 5
_BY_DISK = "disk"


def weighted(asked: GoalOptions, inputs: RebalanceInput) -> RebalanceInput:
    """Return the input with the brokers' weights.

    Errors: UsageError for weights that are malformed, of unknown brokers, or of brokers without a share.
    """
    if not asked.weights:
        return inputs
    from steward.analysis.rebalance.capacity_weights import weights_by_disk, weights_of

    layout = inputs.layout
    if _BY_DISK in asked.weights:
        if len(asked.weights) > 1:
            raise _malformed("--weights is either disk, or numbers by broker")
        _all_disks_known(asked, layout)
        return replace(inputs, layout=replace(layout, weight=weights_by_disk(layout)))
    numbers = _numbers(asked.weights)
    gone = sorted(numbers.keys() - layout.place.keys())
    if gone:
        raise UsageError(
            f"--weights: broker {gone[0]} is not registered",
            remedy=f"registered brokers: {few(layout.brokers, 20)}",
        )
    _with_a_share(asked, numbers)
    return replace(inputs, layout=replace(layout, weight=weights_of(layout, numbers)))


def spread_over_racks(asked: GoalOptions, inputs: RebalanceInput) -> RebalanceInput:
    """Return the input with the spread over racks that plans keep to."""
    if not asked.proportional_racks:
        return inputs
    from steward.analysis.rebalance.layout import RackSpread

    layout = replace(inputs.layout, rack_spread=RackSpread.PROPORTIONAL)
    return replace(inputs, layout=layout)


def _malformed(message: str) -> UsageError:
    return UsageError(message, remedy="for example --weights 4=2,5=1.5")


def _numbers(words: tuple[str, ...]) -> Mapping[int, float]:
    found: dict[int, float] = {}
    for word in words:
        name, equals, value = word.partition("=")
        try:
            broker, weight = int(name), float(value)
        except ValueError:
            raise _malformed(f"--weights: {word!r} is not ID=N") from None
        if not equals or not isfinite(weight) or weight <= 0:
            raise _malformed(f"--weights: the weight of broker {broker} must be above 0")
        if found.setdefault(broker, weight) != weight:
            raise _malformed(f"--weights: broker {broker} has two weights")
    return found


def _with_a_share(asked: GoalOptions, numbers: Mapping[int, float]) -> None:
    without = ids(asked.exclude_brokers, "--exclude-brokers")
    if asked.intent == "drain":
        without |= ids(asked.brokers, "--brokers")
    both = without & numbers.keys()
    if both:
        raise UsageError(
            f"--weights: broker {min(both)} has no share, because it is drained or excluded",
            remedy="remove it from one of them",
        )


def _all_disks_known(asked: GoalOptions, layout: "ReplicaLayout") -> None:
    without = ids(asked.exclude_brokers, "--exclude-brokers")
    sizes = zip(layout.brokers, layout.disk.tolist(), layout.alive.tolist(), strict=True)
    unknown = [b for b, size, alive in sizes if alive and not isfinite(size) and b not in without]
    if unknown:
        raise UsageError(
            f"--weights disk: the disk size of broker {few(unknown, _NAMED)} is unknown",
            remedy="give numbers instead, for example --weights 4=2",
        )
