"""Bad states of transactions, a file each."""

from steward.checks.registry import Check

CHECKS: tuple[Check, ...] = ()
