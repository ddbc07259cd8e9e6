"""Bad states of the cluster as a whole and of its security, one file each."""

from steward.analysis.checks.cluster.access_open_without_acl import access_open_without_acl
from steward.analysis.checks.cluster.authorizer_absent import authorizer_absent
from steward.analysis.checks.cluster.cluster_too_small import cluster_too_small
from steward.analysis.checks.cluster.deprecated_requests_in_use import deprecated_requests_in_use
from steward.analysis.checks.cluster.feature_levels_behind import feature_levels_behind
from steward.analysis.checks.cluster.listener_sasl_plaintext import listener_sasl_plaintext
from steward.analysis.checks.cluster.listener_unauthenticated import listener_unauthenticated
from steward.analysis.checks.cluster.policy_classes_absent import policy_classes_absent
from steward.analysis.checks.cluster.scram_credentials_weak import scram_credentials_weak
from steward.analysis.checks.cluster.super_users_excessive import super_users_excessive
from steward.analysis.checks.cluster.zero_copy_lost import zero_copy_lost
from steward.analysis.checks.registry import Check

CHECKS: tuple[Check, ...] = (
    listener_unauthenticated,
    authorizer_absent,
    access_open_without_acl,
    super_users_excessive,
    listener_sasl_plaintext,
    scram_credentials_weak,
    cluster_too_small,
    feature_levels_behind,
    deprecated_requests_in_use,
    policy_classes_absent,
    zero_copy_lost,
)
