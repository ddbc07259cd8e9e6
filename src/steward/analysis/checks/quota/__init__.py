"""Bad states of quotas, one file each."""

from steward.analysis.checks.quota.client_throttled_heavily import client_throttled_heavily
from steward.analysis.checks.quota.quota_below_batch_size import quota_below_batch_size
from steward.analysis.checks.quota.quota_callback_custom import quota_callback_custom
from steward.analysis.checks.quota.quota_client_id_only import quota_client_id_only
from steward.analysis.checks.quota.quota_connection_absent import quota_connection_absent
from steward.analysis.checks.quota.quota_default_absent import quota_default_absent
from steward.analysis.checks.quota.quota_default_hits_internal import quota_default_hits_internal
from steward.analysis.checks.quota.quota_levels_mixed import quota_levels_mixed
from steward.analysis.checks.quota.quota_mutation_absent import quota_mutation_absent
from steward.analysis.checks.quota.quota_orphan import quota_orphan
from steward.analysis.checks.quota.quota_oversubscribed import quota_oversubscribed
from steward.analysis.checks.quota.quota_request_absent import quota_request_absent
from steward.analysis.checks.quota.quota_request_without_effect import quota_request_without_effect
from steward.analysis.checks.quota.quota_winner_unexpected import quota_winner_unexpected
from steward.analysis.checks.quota.tenant_leaders_concentrated import tenant_leaders_concentrated
from steward.analysis.checks.registry import Check

CHECKS: tuple[Check, ...] = (
    quota_default_absent,
    quota_client_id_only,
    quota_request_absent,
    quota_mutation_absent,
    quota_connection_absent,
    quota_default_hits_internal,
    quota_oversubscribed,
    quota_below_batch_size,
    client_throttled_heavily,
    quota_levels_mixed,
    quota_request_without_effect,
    quota_orphan,
    quota_callback_custom,
    tenant_leaders_concentrated,
    quota_winner_unexpected,
)
