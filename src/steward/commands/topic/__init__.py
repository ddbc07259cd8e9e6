"""Topics: listed, described, created, altered, trimmed, deleted."""
