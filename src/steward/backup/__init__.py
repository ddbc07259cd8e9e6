"""Backups of topics: capture from a cluster, verification, retention; object stores that hold them."""
