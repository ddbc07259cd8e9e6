"""The client libraries, each behind its own adapter: kafka-python for Kafka, HTTP for metrics."""
