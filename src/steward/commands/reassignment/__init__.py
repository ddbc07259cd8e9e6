"""Partition reassignment: rebalances planned, moves and throttles shown."""
