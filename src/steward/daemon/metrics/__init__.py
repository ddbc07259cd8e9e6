"""Metrics of clusters and of steward itself: each defined once, and how they are written for Prometheus."""
