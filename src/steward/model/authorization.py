"""The answer of Kafka's StandardAuthorizer, computed from ACL bindings alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from steward.model.acl import AclBinding

WILDCARD = "*"
EVERYONE = "User:*"
CLUSTER_NAME = "kafka-cluster"

IMPLYING: Mapping[str, frozenset[str]] = {
    "DESCRIBE": frozenset({"DESCRIBE", "READ", "WRITE", "DELETE", "ALTER"}),
    "DESCRIBE_CONFIGS": frozenset({"DESCRIBE_CONFIGS", "ALTER_CONFIGS"}),
}
"""Operations whose ALLOW also allows the key; their DENY does not deny it."""


class AccessAnswer(StrEnum):
    """The authorizer's answer. NO_ACL: no ACL matches, and it is unknown whether such a resource is open."""

    ALLOWED = "allowed"
    DENIED = "denied"
    NO_ACL = "no_acl"


class AccessRule(StrEnum):
    """The reason: a super user, a binding, no binding for this principal, or no binding on the resource at all."""

    SUPER_USER = "super_user"
    ACL = "acl"
    NO_MATCH = "no_match"
    NO_ACL = "no_acl"


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """An answer and its reason; ``acl`` is the deciding binding, None where no binding decided."""

    access: AccessAnswer
    rule: AccessRule
    acl: AclBinding | None = None


class Authorizer:
    """ACL bindings, indexed to answer as a broker does.

    Shape:  ``allow_everyone`` is ``allow.everyone.if.no.acl.found``, None where it is unknown.
    Source: StandardAuthorizerData (KIP-801); ``may_use_any`` is Authorizer.authorizeByResourceType (KIP-679).
    """

    def __init__(
        self,
        bindings: Iterable[AclBinding],
        *,
        super_users: frozenset[str] = frozenset(),
        allow_everyone: bool | None = None,
    ) -> None:
        self.super_users = super_users
        self.allow_everyone = allow_everyone
        self._by_pattern: dict[tuple[str, str, str], list[AclBinding]] = {}
        self._by_principal: dict[str, list[AclBinding]] = {}
        lengths: dict[str, set[int]] = {}
        for acl in sorted(set(bindings)):
            pattern = (acl.resource_type, acl.pattern_type, acl.resource_name)
            self._by_pattern.setdefault(pattern, []).append(acl)
            self._by_principal.setdefault(acl.principal, []).append(acl)
            if acl.pattern_type == "PREFIXED":
                lengths.setdefault(acl.resource_type, set()).add(len(acl.resource_name))
        self._prefix_lengths = {kind: sorted(found) for kind, found in lengths.items()}

    @property
    def principals(self) -> tuple[str, ...]:
        """Every principal that a binding names, sorted."""
        return tuple(sorted(self._by_principal))

    def of(self, principal: str) -> tuple[AclBinding, ...]:
        """Return the bindings that name this principal."""
        return tuple(self._by_principal.get(principal, ()))

    def matching(self, resource_type: str, resource_name: str) -> Iterator[AclBinding]:
        """Yield the bindings whose pattern matches a resource, for any principal."""
        yield from self._by_pattern.get((resource_type, "LITERAL", resource_name), ())
        yield from self._prefixes_of(resource_type, resource_name)
        if resource_name != WILDCARD:
            yield from self._by_pattern.get((resource_type, "LITERAL", WILDCARD), ())

    def covering(self, acl: AclBinding) -> Iterator[AclBinding]:
        """Yield the bindings whose pattern covers this binding's pattern, this binding included."""
        if acl.pattern_type == "LITERAL" and acl.resource_name != WILDCARD:
            yield from self.matching(acl.resource_type, acl.resource_name)
            return
        if acl.pattern_type == "PREFIXED":
            yield from self._prefixes_of(acl.resource_type, acl.resource_name)
        yield from self._by_pattern.get((acl.resource_type, "LITERAL", WILDCARD), ())

    def _prefixes_of(self, resource_type: str, name: str) -> Iterator[AclBinding]:
        for length in self._prefix_lengths.get(resource_type, ()):
            if length > len(name):
                return
            yield from self._by_pattern.get((resource_type, "PREFIXED", name[:length]), ())

    def decide(
        self, principal: str, host: str, operation: str, resource_type: str, resource_name: str
    ) -> AccessDecision:
        """Answer one request as a broker would: DENY wins; READ, WRITE, DELETE and ALTER imply DESCRIBE.

        ``host`` is the client's address as the broker sees it; ``operation`` is never ALL.
        """
        if principal in self.super_users:
            return AccessDecision(AccessAnswer.ALLOWED, AccessRule.SUPER_USER)
        allow: AclBinding | None = None
        any_acl = False
        for acl in self.matching(resource_type, resource_name):
            any_acl = True
            if not _applies_to_request(acl, principal, host, operation):
                continue
            if acl.permission == "DENY":
                return AccessDecision(AccessAnswer.DENIED, AccessRule.ACL, acl)
            allow = allow or acl
        if allow:
            return AccessDecision(AccessAnswer.ALLOWED, AccessRule.ACL, allow)
        if any_acl:
            return AccessDecision(AccessAnswer.DENIED, AccessRule.NO_MATCH)
        return AccessDecision(self._without_acl(), AccessRule.NO_ACL)

    def _without_acl(self) -> AccessAnswer:
        if self.allow_everyone is None:
            return AccessAnswer.NO_ACL
        return AccessAnswer.ALLOWED if self.allow_everyone else AccessAnswer.DENIED

    def may_use_any(self, principal: str, host: str, operation: str, resource_type: str) -> bool:
        """Return whether bindings let a principal perform the operation on at least one resource of the type.

        Implied operations do not count, nor does an ALLOW that a DENY overrides completely.
        """
        if principal in self.super_users:
            return True
        candidates = (
            acl
            for speaker in dict.fromkeys((principal, EVERYONE))
            for acl in self._by_principal.get(speaker, ())
            if acl.permission == "ALLOW"
            and acl.resource_type == resource_type
            and acl.operation in (operation, "ALL")
            and acl.host in (host, WILDCARD)
        )
        return any(not self._denied_whole(acl, principal, host, operation) for acl in candidates)

    def _denied_whole(self, allow: AclBinding, principal: str, host: str, operation: str) -> bool:
        return any(
            acl.permission == "DENY" and _applies_to_request(acl, principal, host, operation)
            for acl in self.covering(allow)
        )

    def overriding_deny(self, allow: AclBinding) -> AclBinding | None:
        """Return a DENY that overrides the whole of an ALLOW's own operation, else None."""
        return next(
            (
                acl
                for acl in self.covering(allow)
                if acl.permission == "DENY" and _spans(acl, allow, (allow.operation, "ALL"))
            ),
            None,
        )

    def covering_allow(self, allow: AclBinding) -> AclBinding | None:
        """Return another ALLOW that already permits everything this one permits, else None.

        DESCRIBE beside READ on the same pattern is not reported: Kafka's tools write such pairs (``kafka-acls
        --consumer``).
        """
        same = (allow.operation, "ALL")
        implied = (*same, *sorted(IMPLYING.get(allow.operation, ())))
        for acl in self.covering(allow):
            if acl.permission == "DENY" or acl == allow:
                continue
            pair = (
                acl.resource_name == allow.resource_name
                and acl.pattern_type == allow.pattern_type
                and acl.principal == allow.principal
                and acl.host == allow.host
            )
            if _spans(acl, allow, same if pair else implied):
                return acl
        return None


def _applies_to_request(acl: AclBinding, principal: str, host: str, operation: str) -> bool:
    """Return whether a binding with a matching pattern applies to a request."""
    if acl.principal not in (principal, EVERYONE) or acl.host not in (host, WILDCARD):
        return False
    if acl.operation in (operation, "ALL"):
        return True
    return acl.permission == "ALLOW" and acl.operation in IMPLYING.get(operation, ())


def _spans(wide: AclBinding, narrow: AclBinding, operations: tuple[str, ...]) -> bool:
    """Return whether a binding with a covering pattern covers every principal and host of another."""
    return (
        wide.principal in (narrow.principal, EVERYONE)
        and wide.host in (narrow.host, WILDCARD)
        and wide.operation in operations
    )
