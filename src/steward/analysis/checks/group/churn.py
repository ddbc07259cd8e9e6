"""Changes of a group's membership between snapshots."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.positions import earlier_snapshots
from steward.analysis.checks.missing import known
from steward.model.group import Group, Member
from steward.model.turnover import UNSTABLE_STATES, is_storm_rate, membership_difference
from steward.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class GroupChurn:
    """Membership changes of one group over all snapshots.

    ``rebalances`` is a lower bound: several changes between two snapshots count as one. ``joined`` and ``left`` are
    members by instance id, or by member id if they have none. ``returned`` are members that joined with the client id
    and host of a member that had left.
    """

    seconds: float
    snapshots: int
    rebalances: int
    unstable_snapshots: int
    joined: tuple[Member, ...]
    left: tuple[Member, ...]
    returned: tuple[Member, ...]

    def is_storm(self, facts: Facts) -> bool:
        """Return whether this is more than an application that starts, stops or is deployed once."""
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
    """Compare all snapshots of a group.

    Errors: FactMissing if fewer than two snapshots contain its members.
    """
    snapshots = earlier_snapshots(facts, group.id)
    seen = [(earlier, then) for earlier, then in snapshots if not isinstance(then.detail, Unknown)]
    if snapshots and not seen:
        known(snapshots[0][1].detail)
    seen.append((facts, group))
    joined: list[Member] = []
    left: list[Member] = []
    returned: list[Member] = []
    vacant: Counter[tuple[str, str]] = Counter()
    rebalances = 0
    for (_, before), (_, after) in pairwise(seen):
        change = membership_difference(
            before.state, facts.detail(before), after.state, facts.detail(after)
        )
        vacant.update(map(_client_and_host, change.left))
        returned.extend(m for m in change.joined if _fill_vacancy(vacant, _client_and_host(m)))
        joined.extend(change.joined)
        left.extend(change.left)
        rebalances += change.rebalances
    return GroupChurn(
        seconds=(facts.now_ms - seen[0][0].now_ms) / 1000,
        snapshots=len(seen),
        rebalances=rebalances,
        unstable_snapshots=sum(group.state in UNSTABLE_STATES for _, group in seen),
        joined=tuple(joined),
        left=tuple(left),
        returned=tuple(returned),
    )


def _client_and_host(member: Member) -> tuple[str, str]:
    return member.client_id, member.host


def _fill_vacancy(vacant: Counter[tuple[str, str]], place: tuple[str, str]) -> bool:
    """Remove one vacancy and return True; return False if there is none."""
    free = vacant[place] > 0
    vacant[place] -= free
    return free
