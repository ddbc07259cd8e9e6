"""Declared state: read manifests, resolve and lint them without a cluster, compare with one, and write them."""
