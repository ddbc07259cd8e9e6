"""Bad states of transactions, one file each."""

from steward.analysis.checks.registry import Check
from steward.analysis.checks.transaction.lso_far_behind import lso_far_behind
from steward.analysis.checks.transaction.transaction_hanging import transaction_hanging
from steward.analysis.checks.transaction.transaction_log_fragile import transaction_log_fragile
from steward.analysis.checks.transaction.transaction_stuck_preparing import (
    transaction_stuck_preparing,
)
from steward.analysis.checks.transaction.transaction_timeout_long import transaction_timeout_long
from steward.analysis.checks.transaction.transaction_version_old import transaction_version_old
from steward.analysis.checks.transaction.transactional_ids_growing import transactional_ids_growing

CHECKS: tuple[Check, ...] = (
    transaction_hanging,
    lso_far_behind,
    transactional_ids_growing,
    transaction_stuck_preparing,
    transaction_log_fragile,
    transaction_timeout_long,
    transaction_version_old,
)
