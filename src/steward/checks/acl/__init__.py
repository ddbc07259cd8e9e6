"""Bad states of ACLs, a file each."""

from steward.checks.registry import Check

CHECKS: tuple[Check, ...] = ()
