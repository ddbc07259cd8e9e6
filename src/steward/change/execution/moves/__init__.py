"""Partitions moved to their replicas: one step at a time, observed and verified."""
