"""Alerts of the daemon: judged at each poll, recorded, delivered to receivers."""
