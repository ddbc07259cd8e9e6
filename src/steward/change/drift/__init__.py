"""Drift: what differs from the manifests, since when, and who changed it."""
