"""Lint manifests without a cluster: the audit's rules, as far as files can violate them."""
