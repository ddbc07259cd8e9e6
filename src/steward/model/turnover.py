"""Changes of a group between two samples: members that joined and left, and the rebalances this needs."""

from dataclasses import dataclass

from steward.model.group import GroupDetail, Member
from steward.model.unknown import NotApplicable

UNSTABLE_STATES = frozenset(
    {"PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling"}
)
"""States between assignments, of the classic protocol and of the consumer protocol (KIP-848)."""

STORM_REBALANCES = 3
"""Rebalances in five minutes; a group with more of them is in a rebalance storm."""
STORM_LEAST_REBALANCES = 2
"""This few rebalances are no storm, however short the time: one member joining or leaving causes one."""
STORM_UNSTABLE_RATIO = 0.1
"""Share of time between assignments above which a group is unstable."""
STORM_WINDOW_SECONDS = 300.0


def is_storm_rate(
    rebalances: int,
    seconds: float,
    *,
    in_window: int = STORM_REBALANCES,
    least: int = STORM_LEAST_REBALANCES,
) -> bool:
    """Return whether a group is in a rebalance storm; checks, alerts and diagnosis all use this.

    Units: ``rebalances`` were observed within ``seconds``; the limit is ``in_window`` in five minutes.
    """
    return rebalances >= least and rebalances > in_window * seconds / STORM_WINDOW_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipDifference:
    """The difference between two samples.

    ``joined`` and ``left`` are members by instance id, or by member id where they have none. ``rebalances`` is a lower
    bound: several between two samples count as one, except with the epochs of the new protocols.
    """

    joined: tuple[Member, ...]
    left: tuple[Member, ...]
    rebalances: int


def membership_difference(
    before: str, then: GroupDetail, after: str, now: GroupDetail
) -> MembershipDifference:
    """Compare two samples, each given as the group's state and its detail."""
    past, present = _by_key(then), _by_key(now)
    joined = tuple(m for key, m in present.items() if key not in past)
    left = tuple(m for key, m in past.items() if key not in present)
    began = after in UNSTABLE_STATES and before not in UNSTABLE_STATES
    happened = int(bool(joined or left) or began)
    return MembershipDifference(
        joined=joined, left=left, rebalances=max(epoch_of(now) - epoch_of(then), happened)
    )


def epoch_of(detail: GroupDetail) -> int:
    """Return the group's epoch; 0 for the classic protocol, which has none."""
    return 0 if isinstance(detail.epoch, NotApplicable) else detail.epoch


def _by_key(detail: GroupDetail) -> dict[str, Member]:
    return {m.instance_id or m.id: m for m in detail.members}
