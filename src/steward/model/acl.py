"""ACL bindings, in Kafka's spelling."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class AclBinding:
    """One binding. ``pattern_type`` LITERAL or PREFIXED; ``permission`` ALLOW or DENY; names as in kafka-acls."""

    resource_type: str
    resource_name: str
    pattern_type: str
    principal: str
    host: str
    operation: str
    permission: str
