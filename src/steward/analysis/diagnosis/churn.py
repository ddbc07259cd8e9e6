"""Membership changes between samples of a group: what separates one deployment from a rebalance storm."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from steward.analysis.diagnosis.samples import GroupSample
from steward.model.group import GroupDetail, Member
from steward.model.turnover import (
    STORM_REBALANCES,
    STORM_UNSTABLE_RATIO,
    UNSTABLE_STATES,
    epoch_of,
    is_storm_rate,
    membership_difference,
)
from steward.model.unknown import NotApplicable, Unknown

EAGER = frozenset({"range", "roundrobin", "sticky"})
"""Assignors of the classic protocol that revoke all partitions from all members at each rebalance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChanges:
    """Membership changes over a series of samples.

    ``rebalances`` is a lower bound: several between two samples count as one. ``short_lived`` joined and left within
    the samples, which members of a deployment do not. ``replaced`` are client id and host pairs that left more than
    once. ``behind_epoch`` are members of the latest sample whose epoch or assignment is behind the group's.
    """

    seconds: float
    samples: int
    rebalances: int
    unstable_samples: int
    joined: tuple[Member, ...]
    left: tuple[Member, ...]
    short_lived: tuple[Member, ...]
    replaced: tuple[str, ...]
    behind_epoch: tuple[Member, ...]

    @property
    def unstable_share(self) -> float:
        """Share of samples in which the group was rebalancing, 0 to 1."""
        return self.unstable_samples / self.samples if self.samples else 0.0

    @property
    def is_storm(self) -> bool:
        """Whether the changes exceed an application that starts, stops, or is deployed once."""
        again = len(self.short_lived) + len(self.replaced) >= 2
        if again and is_storm_rate(self.rebalances, self.seconds):
            return True
        frozen = self.unstable_samples == self.samples >= 3 and self.seconds >= 10
        often = is_storm_rate(self.rebalances, self.seconds, least=STORM_REBALANCES)
        unsettled = often and not (self.joined or self.left)
        return frozen or (unsettled and self.unstable_share > STORM_UNSTABLE_RATIO)


def churn_of(samples: tuple[GroupSample, ...]) -> MembershipChanges:
    """Compare each sample with the previous one."""
    seen = [
        (k, k.group.detail)
        for k in samples
        if k.group is not None and not isinstance(k.group.detail, Unknown)
    ]
    joined: list[Member] = []
    left: list[Member] = []
    rebalances = 0
    for (before, then), (after, now) in pairwise(seen):
        change = membership_difference(before.state, then, after.state, now)
        joined += change.joined
        left += change.left
        rebalances += change.rebalances
    came = {m.id for m in joined}
    places = Counter(f"{m.client_id} on {m.host}" for m in left)
    stay = _left_and_present((detail for _, detail in seen), places)
    return MembershipChanges(
        seconds=seen[-1][0].at - seen[0][0].at if seen else 0.0,
        samples=len(seen),
        rebalances=rebalances,
        unstable_samples=sum(k.state in UNSTABLE_STATES for k, _ in seen),
        joined=tuple(joined),
        left=tuple(left),
        short_lived=tuple(m for m in left if m.id in came),
        replaced=tuple(
            sorted(place for place, times in places.items() if times > stay.get(place, 1))
        ),
        behind_epoch=_behind(seen[-1][1]) if seen else (),
    )


def _left_and_present(details: Iterable[GroupDetail], places: Counter[str]) -> dict[str, int]:
    """Return how many members each place had at once: one deployment can remove that many."""
    most: dict[str, int] = dict.fromkeys(places, 1)
    for detail in details:
        for place, number in Counter(f"{m.client_id} on {m.host}" for m in detail.members).items():
            most[place] = max(most.get(place, 1), number)
    return most


def _behind(detail: GroupDetail) -> tuple[Member, ...]:
    """Return members that delay the group's new assignment (KIP-848)."""
    epoch = epoch_of(detail)
    return tuple(
        m
        for m in detail.members
        if (isinstance(m.epoch, int) and m.epoch < epoch)
        or (not isinstance(m.target, NotApplicable) and set(m.target) != set(m.assignment))
    )
