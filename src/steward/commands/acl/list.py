"""``steward acl list``: list ACLs, or those that apply to a topic, group or principal."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from steward.commands.acl.rows import AclRow, acl_rows
from steward.commands.acl.words import OPERATIONS, RESOURCES, principal_named
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.observation import not_applicable
from steward.commands.api.registry import Answer, Capability, capability
from steward.model.acl import AclBinding
from steward.model.authorization import Authorizer
from steward.model.doc import Candidates, Doc
from steward.model.snapshot import Part
from steward.model.unknown import value_or


@dataclass(frozen=True, slots=True, kw_only=True)
class AclListParams:
    """Which bindings; all conditions must match."""

    principal: Annotated[
        tuple[str, ...], Doc("only bindings of this principal, User:NAME or NAME", metavar="NAME")
    ] = ()
    topic: Annotated[
        tuple[str, ...],
        Doc(
            "only bindings that apply to this topic, including prefixes and *",
            metavar="NAME",
            completes=Candidates.TOPICS,
        ),
    ] = ()
    group: Annotated[
        tuple[str, ...],
        Doc("only bindings that apply to this group", metavar="NAME", completes=Candidates.GROUPS),
    ] = ()
    operation: Annotated[
        tuple[str, ...], Doc("only bindings that name this operation", choices=OPERATIONS)
    ] = ()
    resource: Annotated[
        tuple[str, ...], Doc("only bindings on resources of this type", choices=RESOURCES)
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AclList:
    """Bindings by principal, then resource."""

    acls: tuple[AclRow, ...]


@capability(
    "acl.list",
    is_list=True,
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
    acls = acl_rows(_wanted(value_or(snapshot.acls, ()), params))
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


CAPABILITIES: tuple[Capability, ...] = (list_acls,)
