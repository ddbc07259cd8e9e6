"""Move partitions to their target replicas in steps that are observed and verified."""
