"""ACLs as bindings, and what they come to for one principal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from steward.capabilities import acl_changes
from steward.capabilities.acl_words import OPERATIONS, RESOURCES, principal_named
from steward.capabilities.answering import answer, value_of
from steward.capabilities.context import Context
from steward.capabilities.observing import not_applicable
from steward.capabilities.registry import Answer, Capability, Notice, capability
from steward.model.acl import AclBinding
from steward.model.authorization import EVERYONE, IMPLYING, Authorizer
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class AclListParams:
    """Which bindings; every condition must hold."""

    principal: Annotated[
        tuple[str, ...], Doc("only bindings of this principal, User:NAME or NAME", metavar="NAME")
    ] = ()
    topic: Annotated[
        tuple[str, ...],
        Doc("only bindings that apply to this topic, prefixes and * among them", metavar="NAME"),
    ] = ()
    group: Annotated[
        tuple[str, ...], Doc("only bindings that apply to this group", metavar="NAME")
    ] = ()
    operation: Annotated[
        tuple[str, ...], Doc("only bindings that name this operation", choices=OPERATIONS)
    ] = ()
    resource: Annotated[
        tuple[str, ...], Doc("only bindings on resources of this type", choices=RESOURCES)
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AclRow:
    """One binding, in the spelling of kafka-acls."""

    principal: str
    permission: Annotated[str, Doc("ALLOW or DENY")]
    operation: str
    resource_type: str
    resource_name: str
    pattern_type: Annotated[str, Doc("LITERAL or PREFIXED")]
    host: Annotated[str, Doc("address from which it holds; * is every")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AclList:
    """Bindings by principal, then resource."""

    acls: tuple[AclRow, ...]


@capability(
    "acl.list",
    parts=(Part.ACLS,),
    examples=(
        "steward acl list",
        "steward acl list --topic orders",
        "steward acl list --principal app --operation WRITE -o csv",
    ),
)
def list_acls(params: AclListParams, context: Context) -> Answer[AclList]:
    """List ACLs, or those that apply to a topic, group or principal."""
    snapshot = context.observe(frozenset({Part.ACLS}))
    acls = acl_rows(_wanted(value_of(snapshot.acls, ()), params))
    warnings = not_applicable(snapshot, Part.ACLS)
    return answer(AclList(acls=acls), snapshot, context, (Part.ACLS,), warnings=warnings)


def _wanted(bindings: tuple[AclBinding, ...], params: AclListParams) -> Iterator[AclBinding]:
    principals = frozenset(map(principal_named, params.principal))
    applying = _applying(bindings, params)
    for acl in bindings:
        if (
            (not principals or acl.principal in principals)
            and (not params.operation or acl.operation in params.operation)
            and (not params.resource or acl.resource_type in params.resource)
            and (applying is None or acl in applying)
        ):
            yield acl


def _applying(
    bindings: tuple[AclBinding, ...], params: AclListParams
) -> frozenset[AclBinding] | None:
    """Return the bindings that apply to a topic or group; None where neither is named."""
    if not params.topic and not params.group:
        return None
    authorizer = Authorizer(bindings)
    named = [("TOPIC", name) for name in params.topic] + [("GROUP", name) for name in params.group]
    return frozenset(acl for kind, name in named for acl in authorizer.matching(kind, name))


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
class AclDescribeParams:
    """Whose rights."""

    principal: Annotated[
        str, Doc("principal, User:NAME or NAME", positional=True, metavar="PRINCIPAL")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightRow:
    """What a principal may do on the resources that one pattern matches, from one host."""

    resource_type: str
    resource_name: str
    pattern_type: Annotated[str, Doc("LITERAL or PREFIXED")]
    allowed: Annotated[tuple[str, ...], Doc("operations, implied ones among them")]
    denied: Annotated[tuple[str, ...], Doc("operations that a DENY forbids")]
    host: Annotated[str, Doc("address from which it holds; * is every")]
    through: Annotated[tuple[str, ...], Doc("principals that the bindings name", wide=True)]
    defeated: Annotated[tuple[str, ...], Doc("ALLOWs of which a DENY leaves nothing")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a principal may do, by bindings alone: super users may do everything, and brokers do not tell who is one."""

    principal: str
    rights: tuple[RightRow, ...] | Unknown | NotApplicable


@capability(
    "acl.describe",
    parts=(Part.ACLS,),
    examples=("steward acl describe app", "steward acl describe User:CN=app,OU=team -o json"),
)
def describe_principal(params: AclDescribeParams, context: Context) -> Answer[Rights]:
    """Show what a principal may do: its ACLs and those of everyone, DENY counted.

    A super user may do everything whatever is shown; and where allow.everyone.if.no.acl.found is true, so may everyone
    on resources without any ACL. Brokers do not tell either setting.
    """
    principal = principal_named(params.principal)
    if not principal.partition(":")[2]:
        raise UsageError("the principal has no name", remedy="write User:NAME")
    snapshot = context.observe(frozenset({Part.ACLS}))
    part = snapshot.acls
    absent = isinstance(part, (Unknown, NotApplicable))
    rights = part if absent else rights_of(principal, part.value)
    warnings = (*not_applicable(snapshot, Part.ACLS), *_unnamed(principal, snapshot))
    data = Rights(principal=principal, rights=rights)
    return answer(data, snapshot, context, (Part.ACLS,), warnings=warnings)


def _unnamed(principal: str, snapshot: ClusterSnapshot) -> Iterator[Notice]:
    """Warn of a principal that no binding names: it may be misspelled."""
    named = {acl.principal for acl in value_of(snapshot.acls, ())}
    if principal not in named and named:
        close = get_close_matches(principal, sorted(named), 1)
        yield Notice(
            code="principal_without_acl",
            message=f"no ACL names {principal}",
            object=principal,
            remedy=f"did you mean {close[0]}?"
            if close
            else Hint("see who is named: ", steward("acl list")),
        )


def rights_of(principal: str, bindings: tuple[AclBinding, ...]) -> tuple[RightRow, ...]:
    """Return what a principal may do, a row for each pattern and host that bindings name."""
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
    defeated = {a.operation for a in allows if authorizer.defeating(a)}
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


CAPABILITIES: tuple[Capability, ...] = (
    list_acls,
    describe_principal,
    *acl_changes.CAPABILITIES,
)
