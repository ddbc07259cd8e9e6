"""The lab: real Apache Kafka clusters on this machine, in one call."""
