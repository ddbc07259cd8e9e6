"""Bad states of groups, a file each."""

from steward.checks.registry import Check

CHECKS: tuple[Check, ...] = ()
