"""steward: a Kafka administrator in a box."""

__version__ = "0.1.0"
