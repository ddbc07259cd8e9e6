"""How many partitions a topic may have by default, for checks, guard and settings alike."""

APPROVAL_PARTITIONS = 200
"""More than these need an acknowledgement."""

MOST_PARTITIONS = 1_000
"""More than these are refused by default."""

MONSTER_PARTITIONS = 9_000
"""From here on a topic is refused whatever policy says: the controller takes about 10,000 records in one request."""
