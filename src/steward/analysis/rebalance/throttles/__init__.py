"""Replication throttles: which rates moves need, and which throttles were left behind. Pure."""
