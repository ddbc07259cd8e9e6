"""A partition's directory on a broker's disk: its segments, indexes, snapshots and checkpoints, read and judged."""
