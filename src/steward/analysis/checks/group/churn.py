"""How a group's membership changed from look to look."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.positions import earlier_looks
from steward.analysis.checks.missing import known
from steward.model.group import Group, Member
from steward.model.turnover import UNSTABLE_STATES, is_storm_rate, turnover
from steward.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class GroupChurn:
    """What the looks saw of one group.

    ``rebalances`` is a lower bound: what happens between two looks shows as one. ``joined`` and ``left`` are
    members by instance id, or by member id where they have none; ``returned`` are those that joined with the client
    id and host of one that had left.
    """

    seconds: float
    looks: int
    rebalances: int
    unstable_looks: int
    joined: tuple[Member, ...]
    left: tuple[Member, ...]
    returned: tuple[Member, ...]

    def is_storm(self, facts: Facts) -> bool:
        """Tell whether this is more than an application that starts, stops or is deployed once."""
        limits = facts.thresholds
        often = is_storm_rate(
            self.rebalances,
            self.seconds,
            in_window=limits.rebalances_in_five_minutes,
            least=limits.rebalances_in_window,
        )
        one_way = bool(self.joined) != bool(self.left)
        return often and not one_way


def churn_of(facts: Facts, group: Group) -> GroupChurn:
    """Compare all looks at a group.

    Errors: FactMissing where fewer than two looks saw its members.
    """
    looks = earlier_looks(facts, group.id)
    seen = [(look, then) for look, then in looks if not isinstance(then.detail, Unknown)]
    if looks and not seen:
        known(looks[0][1].detail)
    seen.append((facts, group))
    joined: list[Member] = []
    left: list[Member] = []
    returned: list[Member] = []
    vacant: Counter[tuple[str, str]] = Counter()
    rebalances = 0
    for (_, before), (_, after) in pairwise(seen):
        change = turnover(before.state, facts.detail(before), after.state, facts.detail(after))
        vacant.update(map(_place, change.left))
        returned.extend(m for m in change.joined if _taken(vacant, _place(m)))
        joined.extend(change.joined)
        left.extend(change.left)
        rebalances += change.rebalances
    return GroupChurn(
        seconds=(facts.now_ms - seen[0][0].now_ms) / 1000,
        looks=len(seen),
        rebalances=rebalances,
        unstable_looks=sum(group.state in UNSTABLE_STATES for _, group in seen),
        joined=tuple(joined),
        left=tuple(left),
        returned=tuple(returned),
    )


def _place(member: Member) -> tuple[str, str]:
    return member.client_id, member.host


def _taken(vacant: Counter[tuple[str, str]], place: tuple[str, str]) -> bool:
    """Take a vacant place, if there is one."""
    free = vacant[place] > 0
    vacant[place] -= free
    return free
