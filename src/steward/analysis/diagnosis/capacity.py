"""Capacity of a consumer group: whether its members keep up, how many would, and when more partitions help.

Groups do not pool work: a partition is read by one member, so each member is a queue of its own (M/G/1), and the worst
member decides. Erlang's formulas for pooled servers fit share groups only.
"""

from dataclasses import dataclass
from math import ceil, inf

TARGET_UTILISATION = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLoad:
    """What a group has to do and can do.

    Units: ``arrivals_per_second`` records a second over all partitions; ``service_seconds`` a record in one member;
           ``backlog_records`` unread records.
    """

    partitions: int
    members: int
    arrivals_per_second: float
    service_seconds: float
    backlog_records: float = 0.0

    @property
    def service_rate(self) -> float:
        """Records a second that one member processes."""
        return 1 / self.service_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCountForecast:
    """A group with some number of members."""

    members: int
    partitions_of_the_busiest: int
    capacity_per_second: float
    utilisation: float
    catch_up_seconds: float | None
    """None where the backlog never shrinks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityAdvice:
    """What the arithmetic says.

    Shape: ``members_needed`` is None where no number up to the partitions keeps the target; ``partitions_needed``
           is then how many would, ``service_seconds_needed`` how fast a record would have to be.
    """

    now: MemberCountForecast
    best: MemberCountForecast
    members_needed: int | None
    partitions_needed: int | None
    service_seconds_needed: float
    useful_steps: tuple[int, ...]


def outlook(load: GroupLoad, members: int) -> MemberCountForecast:
    """Return what a number of members amounts to, partitions spread evenly over them.

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
    """Return the numbers of members at which the busiest member gets fewer partitions.

    Between two of them another member changes nothing for the worst one: with 10 partitions 5, then 10.
    """
    steps: list[int] = []
    for members in range(1, partitions + 1):
        most = ceil(partitions / members)
        if members == 1 or most < ceil(partitions / (members - 1)):
            steps.append(members)
    return tuple(steps)


def advise(load: GroupLoad, target: float = TARGET_UTILISATION) -> CapacityAdvice:
    """Work out members first, then the service time, partitions last (they cannot be taken back)."""
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
    """The members that the target takes, one partition each."""
    return ceil(load.arrivals_per_second * load.service_seconds / target - 1e-9)


def _service_needed(load: GroupLoad, target: float) -> float:
    """The time a record may take for the present partitions, a member each, to hold the target."""
    if load.arrivals_per_second <= 0:
        return inf
    return target * load.partitions / load.arrivals_per_second
