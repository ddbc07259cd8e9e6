"""Alerts: list, silence, test receivers."""
