"""The client libraries, each behind its own wall: kafka-python for the control plane, HTTP for metrics."""
