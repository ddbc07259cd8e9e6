"""Rows of ACL bindings, and the resulting permissions of one principal."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from steward.model.acl import AclBinding
from steward.model.authorization import EVERYONE, IMPLYING, Authorizer
from steward.model.doc import Doc


@dataclass(frozen=True, slots=True, kw_only=True)
class AclRow:
    """One binding, spelled as in kafka-acls."""

    principal: str
    permission: Annotated[str, Doc("ALLOW or DENY")]
    operation: str
    resource_type: str
    resource_name: str
    pattern_type: Annotated[str, Doc("LITERAL or PREFIXED")]
    host: Annotated[str, Doc("host address; * is every host")]


def acl_rows(bindings: Iterable[AclBinding]) -> tuple[AclRow, ...]:
    """Return bindings as rows, by principal, then resource."""
    rows = [
        AclRow(
            principal=acl.principal,
            permission=acl.permission,
            operation=acl.operation,
            resource_type=acl.resource_type,
            resource_name=acl.resource_name,
            pattern_type=acl.pattern_type,
            host=acl.host,
        )
        for acl in bindings
    ]
    return tuple(sorted(rows, key=_order))


def _order(row: AclRow) -> tuple[str, ...]:
    return (
        row.principal, row.resource_type, row.resource_name, row.pattern_type, row.permission,
        row.operation, row.host,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RightRow:
    """Permissions of a principal on the resources of one pattern, from one host."""

    resource_type: str
    resource_name: str
    pattern_type: Annotated[str, Doc("LITERAL or PREFIXED")]
    allowed: Annotated[tuple[str, ...], Doc("operations, including implied ones")]
    denied: Annotated[tuple[str, ...], Doc("operations denied")]
    host: Annotated[str, Doc("host address; * is every host")]
    through: Annotated[tuple[str, ...], Doc("principals of the bindings", wide=True)]
    defeated: Annotated[tuple[str, ...], Doc("ALLOWs fully overridden by a DENY")]


def rights_of(principal: str, bindings: tuple[AclBinding, ...]) -> tuple[RightRow, ...]:
    """Return a principal's permissions, a row for each pattern and host in the bindings."""
    authorizer = Authorizer(bindings)
    speaking = [acl for acl in bindings if acl.principal in (principal, EVERYONE)]
    patterns = {(a.resource_type, a.resource_name, a.pattern_type, a.host) for a in speaking}
    return tuple(_right(pattern, speaking, authorizer) for pattern in sorted(patterns))


def _right(
    pattern: tuple[str, str, str, str], speaking: list[AclBinding], authorizer: Authorizer
) -> RightRow:
    kind, name, pattern_type, host = pattern
    here = [a for a in speaking if _pattern(a) == pattern]
    allows = [a for a in here if a.permission == "ALLOW"]
    defeated = {a.operation for a in allows if authorizer.overriding_deny(a)}
    allowed = _with_implied({a.operation for a in allows} - defeated)
    denied = {a.operation for a in here if a.permission == "DENY"}
    return RightRow(
        resource_type=kind,
        resource_name=name,
        pattern_type=pattern_type,
        allowed=tuple(sorted(allowed - denied)),
        denied=tuple(sorted(denied)),
        host=host,
        through=tuple(sorted({a.principal for a in here})),
        defeated=tuple(sorted(defeated)),
    )


def _pattern(acl: AclBinding) -> tuple[str, str, str, str]:
    return acl.resource_type, acl.resource_name, acl.pattern_type, acl.host


def _with_implied(operations: set[str]) -> set[str]:
    implied = {wanted for wanted, by in IMPLYING.items() if by & operations}
    return operations | implied
