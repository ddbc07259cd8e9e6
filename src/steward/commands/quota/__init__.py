"""Client quotas: listed, explained, changed, measured."""
