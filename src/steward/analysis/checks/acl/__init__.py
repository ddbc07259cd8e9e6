"""Bad states of ACLs, one file each."""

from steward.analysis.checks.acl.acl_admin_any_host import acl_admin_any_host
from steward.analysis.checks.acl.acl_cluster_admin_to_app import acl_cluster_admin_to_app
from steward.analysis.checks.acl.acl_cluster_name_wrong import acl_cluster_name_wrong
from steward.analysis.checks.acl.acl_deny_shadows_allow import acl_deny_shadows_allow
from steward.analysis.checks.acl.acl_group_wildcard import acl_group_wildcard
from steward.analysis.checks.acl.acl_idempotent_write_mismatch import acl_idempotent_write_mismatch
from steward.analysis.checks.acl.acl_open_to_everyone import acl_open_to_everyone
from steward.analysis.checks.acl.acl_prefix_too_broad import acl_prefix_too_broad
from steward.analysis.checks.acl.acl_principal_unknown import acl_principal_unknown
from steward.analysis.checks.acl.acl_redundant import acl_redundant
from steward.analysis.checks.acl.acl_resource_absent import acl_resource_absent
from steward.analysis.checks.acl.acl_set_incomplete import acl_set_incomplete
from steward.analysis.checks.acl.acl_topic_wildcard_write import acl_topic_wildcard_write
from steward.analysis.checks.acl.acl_transactional_id_wildcard import acl_transactional_id_wildcard
from steward.analysis.checks.registry import Check

CHECKS: tuple[Check, ...] = (
    acl_open_to_everyone,
    acl_cluster_admin_to_app,
    acl_topic_wildcard_write,
    acl_prefix_too_broad,
    acl_resource_absent,
    acl_principal_unknown,
    acl_redundant,
    acl_deny_shadows_allow,
    acl_set_incomplete,
    acl_group_wildcard,
    acl_transactional_id_wildcard,
    acl_idempotent_write_mismatch,
    acl_admin_any_host,
    acl_cluster_name_wrong,
)
