"""Sandboxes: real Apache Kafka clusters on this machine, started by one call."""
