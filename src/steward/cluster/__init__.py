"""Access to clusters: what can be requested, and who requests it."""
