"""ACLs: listed, explained, created, deleted."""
