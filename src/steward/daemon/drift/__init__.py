"""Drift checks on a schedule, and enforcement."""
