"""Bad states of the KRaft quorum, one file each."""

from steward.analysis.checks.quorum.combined_roles_in_production import combined_roles_in_production
from steward.analysis.checks.quorum.elr_min_isr_conflict import elr_min_isr_conflict
from steward.analysis.checks.quorum.observer_lagging import observer_lagging
from steward.analysis.checks.quorum.quorum_leader_unstable import quorum_leader_unstable
from steward.analysis.checks.quorum.quorum_static import quorum_static
from steward.analysis.checks.quorum.quorum_too_small import quorum_too_small
from steward.analysis.checks.quorum.voter_lagging import voter_lagging
from steward.analysis.checks.quorum.voters_share_rack import voters_share_rack
from steward.analysis.checks.registry import Check

CHECKS: tuple[Check, ...] = (
    quorum_too_small,
    quorum_leader_unstable,
    voter_lagging,
    observer_lagging,
    combined_roles_in_production,
    quorum_static,
    elr_min_isr_conflict,
    voters_share_rack,
)
