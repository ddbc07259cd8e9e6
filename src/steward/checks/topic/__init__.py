"""Bad states of topics, a file each."""

from steward.checks.registry import Check
from steward.checks.topic.min_isr_one import min_isr_one

CHECKS: tuple[Check, ...] = (min_isr_one,)
