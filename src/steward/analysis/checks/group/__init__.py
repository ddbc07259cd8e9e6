"""Bad states of groups, one file each."""

from steward.analysis.checks.group.assignor_eager import assignor_eager
from steward.analysis.checks.group.group_access_by_wildcard_only import (
    group_access_by_wildcard_only,
)
from steward.analysis.checks.group.group_churn_without_static_membership import (
    group_churn_without_static_membership,
)
from steward.analysis.checks.group.group_empty_with_offsets import group_empty_with_offsets
from steward.analysis.checks.group.group_name_off_convention import group_name_off_convention
from steward.analysis.checks.group.group_stalled import group_stalled
from steward.analysis.checks.group.lag_over_objective import lag_over_objective
from steward.analysis.checks.group.members_exceed_partitions import members_exceed_partitions
from steward.analysis.checks.group.offset_below_log_start import offset_below_log_start
from steward.analysis.checks.group.offsets_near_expiry import offsets_near_expiry
from steward.analysis.checks.group.offsets_of_deleted_topic import offsets_of_deleted_topic
from steward.analysis.checks.group.rebalance_storm import rebalance_storm
from steward.analysis.checks.registry import Check

CHECKS: tuple[Check, ...] = (
    group_empty_with_offsets,
    lag_over_objective,
    group_stalled,
    offset_below_log_start,
    offsets_near_expiry,
    members_exceed_partitions,
    rebalance_storm,
    assignor_eager,
    group_name_off_convention,
    offsets_of_deleted_topic,
    group_access_by_wildcard_only,
    group_churn_without_static_membership,
)
