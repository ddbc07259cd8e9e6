"""Bad states of the KRaft quorum, a file each."""

from steward.checks.registry import Check

CHECKS: tuple[Check, ...] = ()
