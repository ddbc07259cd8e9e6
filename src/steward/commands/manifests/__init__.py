"""Clusters as code: export, import, lint, drift."""
