"""Alerts of a running daemon: judged at each poll, recorded, delivered to receivers."""
