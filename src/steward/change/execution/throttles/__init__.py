"""Replication throttles while partitions move: set, recorded, removed."""
