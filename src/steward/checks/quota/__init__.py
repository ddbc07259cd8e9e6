"""Bad states of quotas, a file each."""

from steward.checks.registry import Check

CHECKS: tuple[Check, ...] = ()
