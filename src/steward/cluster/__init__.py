"""The door to a cluster: what may be asked of it, and who asks."""
