"""The daemon: polls clusters, serves metrics, stores history."""
