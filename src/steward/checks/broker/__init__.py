"""Bad states of brokers, a file each."""

from steward.checks.registry import Check

CHECKS: tuple[Check, ...] = ()
