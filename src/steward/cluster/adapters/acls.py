"""ACL bindings: DescribeAcls."""

from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import SECURITY_DISABLED, raise_for, right
from steward.cluster.adapters.messages import DescribeAclsRequest
from steward.model.acl import AclBinding
from steward.model.unknown import NotApplicable

NO_AUTHORIZER = NotApplicable("no authorizer is configured: SECURITY_DISABLED")

_ANY = 1
RESOURCE_TYPES = {
    2: "TOPIC",
    3: "GROUP",
    4: "CLUSTER",
    5: "TRANSACTIONAL_ID",
    6: "DELEGATION_TOKEN",
    7: "USER",
}
"""Kafka's names of resource types, by code."""

PATTERN_TYPES = {3: "LITERAL", 4: "PREFIXED"}
"""Kafka's names of pattern types, by code."""

PERMISSIONS = {2: "DENY", 3: "ALLOW"}
"""Kafka's names of permissions, by code."""

OPERATIONS = {
    2: "ALL",
    3: "READ",
    4: "WRITE",
    5: "CREATE",
    6: "DELETE",
    7: "ALTER",
    8: "DESCRIBE",
    9: "CLUSTER_ACTION",
    10: "DESCRIBE_CONFIGS",
    11: "ALTER_CONFIGS",
    12: "IDEMPOTENT_WRITE",
    13: "CREATE_TOKENS",
    14: "DESCRIBE_TOKENS",
    15: "TWO_PHASE_COMMIT",
}
"""Kafka's names of operations, by code."""


async def read_acls(
    client: KafkaClient, principal: str | None = None
) -> tuple[AclBinding, ...] | NotApplicable:
    """List every binding, or those of one principal.

    Errors: NotAuthorized without DESCRIBE on cluster.
    """
    request = DescribeAclsRequest(
        resource_type_filter=_ANY,
        resource_name_filter=None,
        pattern_type_filter=_ANY,
        principal_filter=principal,
        host_filter=None,
        operation=_ANY,
        permission_type=_ANY,
    )
    response = await client.ask_any(request)
    if response.error_code == SECURITY_DISABLED:
        return NO_AUTHORIZER
    acl = right("DESCRIBE", "cluster")
    raise_for(response.error_code, what="DescribeAcls", acl=acl, message=response.error_message)
    return tuple(sorted(_binding(r, a) for r in response.resources for a in r.acls))


def _binding(resource: Any, acl: Any) -> AclBinding:
    return AclBinding(
        resource_type=RESOURCE_TYPES.get(resource.resource_type, "UNKNOWN"),
        resource_name=resource.resource_name,
        pattern_type=PATTERN_TYPES.get(resource.pattern_type, "UNKNOWN"),
        principal=acl.principal,
        host=acl.host,
        operation=OPERATIONS.get(acl.operation, "UNKNOWN"),
        permission=PERMISSIONS.get(acl.permission_type, "UNKNOWN"),
    )
