"""What the observer's own principal may describe, so that a partial list is not taken for a complete one.

ListGroups, ListTransactions and Metadata silently omit what the principal may not describe.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from steward.cluster.adapters import configs
from steward.cluster.adapters.cluster import operations
from steward.cluster.adapters.configs import ResourceType
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import right
from steward.model.acl import AclBinding
from steward.model.authorization import EVERYONE, IMPLYING, WILDCARD
from steward.model.config import Configs
from steward.model.connection import Connection
from steward.model.error import StewardError
from steward.model.sasl import PASSWORD_MECHANISMS
from steward.model.unknown import NotApplicable, Unknown, Why

_AUTHORIZER_KEY = "authorizer.class.name"
_STANDARD_AUTHORIZER = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
_OPEN_KEY = "allow.everyone.if.no.acl.found"
_RESOURCES = {"TOPIC": "topic", "GROUP": "group", "TRANSACTIONAL_ID": "transactional-id"}


@dataclass(frozen=True, slots=True)
class GrantedAccess:
    """What the principal is known to be allowed.

    ``is_enforced`` is false where no authorizer is configured. ``sees`` holds the resource types of which the
    principal provably may describe every resource.
    """

    operations: frozenset[str]
    is_enforced: bool
    sees: frozenset[str]

    def gaps(self, resource_type: str) -> tuple[Unknown, ...]:
        """State that a list may be incomplete, unless it is proved complete."""
        if not self.is_enforced or resource_type in self.sees:
            return ()
        if resource_type == "GROUP":
            acl = right("DESCRIBE", "cluster")
        else:
            acl = right("DESCRIBE", _RESOURCES[resource_type], WILDCARD)
        return (
            Unknown(Why.DENIED, "only resources that this principal may describe are listed", acl),
        )


async def read_access(
    client: KafkaClient, cluster: Any, bindings: tuple[AclBinding, ...] | NotApplicable | None
) -> GrantedAccess:
    """Determine what the observer may describe, from DescribeCluster and the ACLs, where readable.

    Nothing counts as proved if it depends on an unreadable binding or setting.
    """
    allowed = operations(cluster)
    held: frozenset[str] = frozenset() if isinstance(allowed, NotApplicable) else allowed
    if isinstance(bindings, NotApplicable):
        return GrantedAccess(held, is_enforced=False, sees=frozenset(_RESOURCES))
    sees = {"GROUP"} if "DESCRIBE" in held else set[str]()
    principal = principal_of(client.connection)
    if bindings is not None:
        if principal is not None:
            sees |= {kind for kind in _RESOURCES if describes_all(bindings, principal, kind)}
        if await _is_super_user(client, bindings, principal, held):
            sees |= set(_RESOURCES)
    return GrantedAccess(held, is_enforced=True, sees=frozenset(sees))


def principal_of(connection: Connection) -> str | None:
    """Return the principal where the mechanism determines it; mapping rules may rename the others."""
    if connection.sasl_mechanism in PASSWORD_MECHANISMS:
        return f"User:{connection.sasl_username}"
    if connection.security_protocol == "PLAINTEXT":
        return "User:ANONYMOUS"
    return None


def describes_all(bindings: Iterable[AclBinding], principal: str, resource_type: str) -> bool:
    """Return whether ACLs let a principal describe every resource of a type, from any host."""
    allowing = IMPLYING["DESCRIBE"] | {"ALL"}
    allowed = False
    for acl in bindings:
        if acl.resource_type != resource_type or acl.principal not in (principal, EVERYONE):
            continue
        if acl.permission == "DENY" and acl.operation in ("DESCRIBE", "ALL"):
            return False
        whole = acl.resource_name == WILDCARD and acl.pattern_type == "LITERAL"
        if acl.permission == "ALLOW" and whole and acl.host == WILDCARD:
            allowed = allowed or acl.operation in allowing
    return allowed


async def _is_super_user(
    client: KafkaClient,
    bindings: tuple[AclBinding, ...],
    principal: str | None,
    held: frozenset[str],
) -> bool:
    """Return whether the principal is provably a super user: it has ALTER on the cluster without an ACL that grants it.

    allow.everyone.if.no.acl.found does not apply to a resource with any ACL (StandardAuthorizerData).
    """
    if "ALTER" not in held or _may_have_binding(bindings, principal):
        return False
    if any(acl.resource_type == "CLUSTER" for acl in bindings):
        return True
    broker = next(iter(client.brokers), None)
    if broker is None:
        return False
    try:
        found = await configs.read_broker_configs(
            client, ResourceType.BROKER, [broker], synonyms=False
        )
    except StewardError:
        return False
    return closed_by_default(found[broker])


def _may_have_binding(bindings: Iterable[AclBinding], principal: str | None) -> bool:
    return any(
        acl.resource_type == "CLUSTER"
        and acl.permission == "ALLOW"
        and acl.operation in ("ALTER", "ALL")
        and (principal is None or acl.principal in (principal, EVERYONE))
        for acl in bindings
    )


def closed_by_default(found: Configs | Unknown) -> bool:
    """Return whether Kafka's own authorizer denies what no ACL allows, as far as broker settings show it."""
    if isinstance(found, Unknown) or _AUTHORIZER_KEY not in found:
        return False
    return found[_AUTHORIZER_KEY].value == _STANDARD_AUTHORIZER and _OPEN_KEY not in found
