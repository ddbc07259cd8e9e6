"""How a group's membership changed from look to look: what a deployment does once, and what a storm does again."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from steward.diagnosis.looks import Look
from steward.model.group import Member
from steward.model.unknown import NotApplicable, Unknown

_UNSTABLE = frozenset({"PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling"})
EAGER = frozenset({"range", "roundrobin", "sticky"})
"""Assignors of the classic protocol that take every partition from every member at each change."""
PER_FIVE_MINUTES = 3
"""Rebalances in five minutes from which a group churns."""
UNSTABLE_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """What the looks saw.

    ``rebalances`` is a lower bound: what happens between two looks shows as one. ``short_lived`` came and went
    within the looks, which no deployment's members do. ``replaced`` are places (client id and host) that were left
    more than once. ``behind_epoch`` are members of the latest look whose epoch or assignment trails the group's.
    """

    seconds: float
    looks: int
    rebalances: int
    unstable_looks: int
    joined: tuple[Member, ...]
    left: tuple[Member, ...]
    short_lived: tuple[Member, ...]
    replaced: tuple[str, ...]
    behind_epoch: tuple[Member, ...]

    @property
    def unstable_share(self) -> float:
        """The share of looks that found the group between assignments, 0 to 1."""
        return self.unstable_looks / self.looks if self.looks else 0.0

    @property
    def is_storm(self) -> bool:
        """Tell whether this is more than an application that starts, stops, or is deployed once."""
        allowed = max(2.0, PER_FIVE_MINUTES * self.seconds / 300)
        again = len(self.short_lived) + len(self.replaced) >= 2
        if self.rebalances >= allowed and again:
            return True
        frozen = self.unstable_looks == self.looks >= 3 and self.seconds >= 10
        restless = self.rebalances > allowed and not (self.joined or self.left)
        return frozen or (restless and self.unstable_share > UNSTABLE_SHARE)


def churn_of(looks: tuple[Look, ...]) -> Churn:
    """Compare every look with the one before."""
    seen = [k for k in looks if k.group is not None and not isinstance(k.group.detail, Unknown)]
    joined: list[Member] = []
    left: list[Member] = []
    rebalances = 0
    for before, after in pairwise(seen):
        then, now = _by_key(before), _by_key(after)
        arrivals = [m for key, m in now.items() if key not in then]
        departures = [m for key, m in then.items() if key not in now]
        joined += arrivals
        left += departures
        rebalances += _rebalances(before, after, changed=bool(arrivals or departures))
    came = {m.id for m in joined}
    places = Counter(f"{m.client_id} on {m.host}" for m in left)
    stay = _left_and_present(seen, places)
    return Churn(
        seconds=seen[-1].at - seen[0].at if seen else 0.0,
        looks=len(seen),
        rebalances=rebalances,
        unstable_looks=sum(k.state in _UNSTABLE for k in seen),
        joined=tuple(joined),
        left=tuple(left),
        short_lived=tuple(m for m in left if m.id in came),
        replaced=tuple(
            sorted(place for place, times in places.items() if times > stay.get(place, 1))
        ),
        behind_epoch=_behind(seen[-1]) if seen else (),
    )


def _left_and_present(seen: list[Look], places: Counter[str]) -> dict[str, int]:
    """Return how many members shared each place at once: so many may leave it in one deployment."""
    most: dict[str, int] = dict.fromkeys(places, 1)
    for look in seen:
        for place, number in Counter(f"{m.client_id} on {m.host}" for m in look.members).items():
            most[place] = max(most.get(place, 1), number)
    return most


def _by_key(look: Look) -> dict[str, Member]:
    return {m.instance_id or m.id: m for m in look.members}


def _rebalances(before: Look, after: Look, *, changed: bool) -> int:
    """Count what must have happened between two looks, at least."""
    began = after.state in _UNSTABLE and before.state not in _UNSTABLE
    return max(_epoch(after) - _epoch(before), int(changed or began))


def _epoch(look: Look) -> int:
    detail = look.group.detail if look.group else None
    if detail is None or isinstance(detail, Unknown) or isinstance(detail.epoch, NotApplicable):
        return 0
    return detail.epoch


def _behind(look: Look) -> tuple[Member, ...]:
    """Return members that hold the group's new assignment up (KIP-848)."""
    epoch = _epoch(look)
    return tuple(
        m
        for m in look.members
        if (isinstance(m.epoch, int) and m.epoch < epoch)
        or (not isinstance(m.target, NotApplicable) and set(m.target) != set(m.assignment))
    )
