"""Capacity of a consumer group: whether its members keep up, how many would, and when more partitions help.

Consumer groups do not pool work: one member reads each partition, so each member is its own queue (M/G/1), and the
busiest member decides. Erlang's formulas for pooled servers apply to share groups only.
"""

from dataclasses import dataclass
from math import ceil, inf

TARGET_UTILISATION = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLoad:
    """Load of a group and the speed of its members.

    Units: ``arrivals_per_second`` records per second over all partitions; ``service_seconds`` seconds per record in one
           member; ``backlog_records`` unread records.
    """

    partitions: int
    members: int
    arrivals_per_second: float
    service_seconds: float
    backlog_records: float = 0.0

    @property
    def service_rate(self) -> float:
        """Records per second that one member processes."""
        return 1 / self.service_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCountForecast:
    """Capacity, utilisation and catch-up time of a group with a given number of members."""

    members: int
    partitions_of_the_busiest: int
    capacity_per_second: float
    utilisation: float
    catch_up_seconds: float | None
    """None if the backlog never shrinks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityAdvice:
    """Forecasts for the group, and what it needs to meet the target.

    ``members_needed`` is None if no number up to the number of partitions meets the target. Then ``partitions_needed``
    is the number of partitions that would, and ``service_seconds_needed`` the time per record that would.
    """

    now: MemberCountForecast
    best: MemberCountForecast
    members_needed: int | None
    partitions_needed: int | None
    service_seconds_needed: float
    useful_steps: tuple[int, ...]


def outlook(load: GroupLoad, members: int) -> MemberCountForecast:
    """Forecast the group for a number of members, with partitions spread evenly.

    Source: the busiest of m members reads ceil(P/m) partitions, so the group sustains mu x P / ceil(P/m).
    """
    active = max(1, min(members, load.partitions))
    most = ceil(load.partitions / active)
    capacity = load.service_rate * load.partitions / most
    spare = capacity - load.arrivals_per_second
    if load.backlog_records <= 0:
        catch_up: float | None = 0.0
    else:
        catch_up = load.backlog_records / spare if spare > 0 else None
    return MemberCountForecast(
        members=members,
        partitions_of_the_busiest=most,
        capacity_per_second=capacity,
        utilisation=load.arrivals_per_second / capacity if capacity > 0 else inf,
        catch_up_seconds=catch_up,
    )


def useful_member_counts(partitions: int) -> tuple[int, ...]:
    """Return the numbers of members at which the busiest member reads fewer partitions.

    Between two of them another member does not help the busiest one: with 10 partitions 5, then 10.
    """
    steps: list[int] = []
    for members in range(1, partitions + 1):
        most = ceil(partitions / members)
        if members == 1 or most < ceil(partitions / (members - 1)):
            steps.append(members)
    return tuple(steps)


def advise(load: GroupLoad, target: float = TARGET_UTILISATION) -> CapacityAdvice:
    """Compute the needed members first, then the service time, partitions last (they cannot be removed)."""
    steps = useful_member_counts(load.partitions)
    enough = next((m for m in steps if outlook(load, m).utilisation <= target), None)
    partitions = None if enough else _partitions_needed(load, target)
    return CapacityAdvice(
        now=outlook(load, load.members),
        best=outlook(load, load.partitions),
        members_needed=enough,
        partitions_needed=partitions,
        service_seconds_needed=_service_needed(load, target),
        useful_steps=tuple(m for m in steps if m > load.members),
    )


def _partitions_needed(load: GroupLoad, target: float) -> int:
    """Return the number of members that meets the target with one partition each."""
    return ceil(load.arrivals_per_second * load.service_seconds / target - 1e-9)


def _service_needed(load: GroupLoad, target: float) -> float:
    """Return the time per record that meets the target with one member for each present partition, in seconds."""
    if load.arrivals_per_second <= 0:
        return inf
    return target * load.partitions / load.arrivals_per_second
