"""The lock files: each jar of a Kafka version with its SHA-256, in jgo's lock format."""
