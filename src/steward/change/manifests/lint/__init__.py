"""Judging manifests without a cluster: the rules of the audit, as far as files can break them."""
