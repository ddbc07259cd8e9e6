"""Desired state against a cluster: a file per noun; compare.py puts them together."""
