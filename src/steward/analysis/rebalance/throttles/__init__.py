"""Replication throttles: which rates moves need, and which leftover throttles to remove. Pure."""
