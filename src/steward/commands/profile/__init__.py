"""Profiles: the configured clusters."""
