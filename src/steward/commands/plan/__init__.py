"""Plans: made from manifests, listed, executed, paused, resumed, undone."""
