"""Bad states of a cluster as a whole and of its security, a file each."""

from steward.checks.registry import Check

CHECKS: tuple[Check, ...] = ()
