"""Default limits of partitions per topic, for checks, policy and settings."""

CONFIRM_ABOVE_PARTITIONS = 200
"""Above this number confirmation is required."""

REFUSE_ABOVE_PARTITIONS = 1_000
"""Above this number a topic is blocked by default."""

ALWAYS_REFUSED_PARTITIONS = 9_000
"""From this number on a topic is always blocked: the controller accepts about 10,000 records per request."""
