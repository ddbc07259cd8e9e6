"""Partition reassignment: plan rebalances, show moves and throttles."""
