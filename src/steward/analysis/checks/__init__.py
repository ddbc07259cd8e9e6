"""Checks: one file for each bad state, each a pure function of one or more snapshots of a cluster."""
