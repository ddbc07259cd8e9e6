"""Bad states of producers, a file each."""

from steward.checks.registry import Check

CHECKS: tuple[Check, ...] = ()
