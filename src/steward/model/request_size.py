"""How much of a request the controller takes: metadata records that a change makes it write."""

from steward.model.change import (
    AlterConfigs,
    AlterQuota,
    Change,
    CreatePartitions,
    CreateTopic,
    CutRetention,
)

MAX_RECORDS = 9_000
"""Metadata records of one request; the controller refuses 10,000, and our count is an estimate."""

MAX_OBJECTS = 500


def metadata_records(change: Change) -> int:
    """Estimate the metadata records that the controller writes for a change; at most 10,000 fit into a request."""
    match change:
        case CreateTopic():
            return 1 + change.partitions + len(change.configs)
        case CreatePartitions():
            return change.partitions
        case AlterConfigs():
            return len(change.keys)
        case CutRetention():
            return len(change.alteration.keys)
        case AlterQuota():
            return len(change.set) + len(change.remove)
        case _:
            return 1
