"""Execute plans: the only way to change a cluster."""
