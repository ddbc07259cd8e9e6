"""Bad states of a cluster as a whole and of its security, a file each."""

from steward.checks.cluster.access_open_without_acl import access_open_without_acl
from steward.checks.cluster.authorizer_absent import authorizer_absent
from steward.checks.cluster.cluster_too_small import cluster_too_small
from steward.checks.cluster.deprecated_requests_in_use import deprecated_requests_in_use
from steward.checks.cluster.feature_levels_behind import feature_levels_behind
from steward.checks.cluster.listener_sasl_plaintext import listener_sasl_plaintext
from steward.checks.cluster.listener_unauthenticated import listener_unauthenticated
from steward.checks.cluster.policy_classes_absent import policy_classes_absent
from steward.checks.cluster.scram_credentials_weak import scram_credentials_weak
from steward.checks.cluster.super_users_excessive import super_users_excessive
from steward.checks.registry import Check

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
)
