"""Drift checks on a schedule, and what is enforced."""
