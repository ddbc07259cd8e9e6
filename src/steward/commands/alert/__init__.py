"""Alerts: listed, silenced, receivers tested."""
