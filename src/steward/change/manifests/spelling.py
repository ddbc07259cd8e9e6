"""Convert between the spelling of manifests and Kafka's: resource types, operations, quota entities and limits."""

from collections.abc import Mapping

RESOURCE_TYPES: Mapping[str, str] = {
    "topic": "TOPIC",
    "group": "GROUP",
    "cluster": "CLUSTER",
    "transactionalId": "TRANSACTIONAL_ID",
    "delegationToken": "DELEGATION_TOKEN",
    "user": "USER",
}

_SPELLED = (
    "All", "Read", "Write", "Create", "Delete", "Alter", "Describe", "ClusterAction",
    "DescribeConfigs", "AlterConfigs", "IdempotentWrite", "CreateTokens", "DescribeTokens",
    "TwoPhaseCommit",
)  # fmt: skip


def _kafka(spelled: str) -> str:
    return "".join(f"_{c}" if c.isupper() and i else c for i, c in enumerate(spelled)).upper()


OPERATIONS: Mapping[str, str] = {word.lower(): _kafka(word) for word in _SPELLED}
"""Kafka's name of an operation, by its manifest spelling in lower case without underscores."""

SPELLED: Mapping[str, str] = {_kafka(word): word for word in _SPELLED}
"""Manifest spelling of an operation, by Kafka's name."""

_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "topic": (
        "All", "Read", "Write", "Create", "Delete", "Alter", "Describe", "DescribeConfigs", "AlterConfigs",
    ),
    "group": ("All", "Read", "Delete", "Describe", "DescribeConfigs", "AlterConfigs"),
    "cluster": (
        "All", "Create", "Alter", "Describe", "ClusterAction", "DescribeConfigs", "AlterConfigs",
        "IdempotentWrite",
    ),
    "transactionalId": ("All", "Write", "Describe", "TwoPhaseCommit"),
    "delegationToken": ("All", "Describe"),
    "user": ("All", "CreateTokens", "DescribeTokens"),
}  # fmt: skip


def allowed_operations(resource_type: str) -> tuple[str, ...]:
    """Return the operations of a resource type (AclEntry.supportedOperations), in manifest spelling."""
    return _ALLOWED[resource_type]
