"""Alerts: what counts as bad, for how long, when to notify and when to repeat. Pure."""
