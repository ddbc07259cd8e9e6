"""Profiles: the clusters that configuration knows."""
