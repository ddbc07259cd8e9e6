"""Size of a request for the controller: the metadata records it makes the controller write."""

from steward.model.change import (
    AlterConfigs,
    AlterQuota,
    Change,
    CreatePartitions,
    CreateTopic,
    CutRetention,
)

MAX_RECORDS = 9_000
"""Maximum metadata records per request, below the controller's limit of 10,000 because the count is estimated."""

MAX_OBJECTS = 500


def metadata_records(change: Change) -> int:
    """Estimate the metadata records that the controller writes for a change; it accepts at most 10,000 per request."""
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
