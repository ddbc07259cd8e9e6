"""All checks, in one explicit tuple."""

from steward.analysis.checks import (
    acl,
    broker,
    cluster,
    group,
    producer,
    quorum,
    quota,
    topic,
    transaction,
)
from steward.analysis.checks.registry import Check

CHECKS: tuple[Check, ...] = (
    *topic.CHECKS,
    *broker.CHECKS,
    *cluster.CHECKS,
    *quorum.CHECKS,
    *group.CHECKS,
    *acl.CHECKS,
    *quota.CHECKS,
    *producer.CHECKS,
    *transaction.CHECKS,
)
