"""Carrying out plans: the only way in which a cluster is changed."""
