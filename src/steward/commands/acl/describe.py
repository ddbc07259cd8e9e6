"""``steward acl describe``: show what a principal may do, by its own ACLs and those of User:*, with DENY applied."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from steward.commands.acl.rows import RightRow, rights_of
from steward.commands.acl.words import principal_named
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.observation import not_applicable
from steward.commands.api.registry import Answer, Capability, Notice, capability
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Unknown, value_or


@dataclass(frozen=True, slots=True, kw_only=True)
class AclDescribeParams:
    """Which principal."""

    principal: Annotated[
        str, Doc("principal, User:NAME or NAME", positional=True, metavar="PRINCIPAL")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a principal may do by its ACLs. Super users may do everything; brokers do not report who is one."""

    principal: str
    rights: tuple[RightRow, ...] | Unknown | NotApplicable


@capability(
    "acl.describe",
    parts=(Part.ACLS,),
    examples=("steward acl describe app", "steward acl describe User:CN=app,OU=team -o json"),
)
def describe_principal(params: AclDescribeParams, context: Context) -> Answer[Rights]:
    """Show what a principal may do, by its own ACLs and those of User:*, with DENY applied.

    Super users may do everything, whatever is shown. Where allow.everyone.if.no.acl.found is true, everyone may access
    resources without any ACL. Brokers report neither setting.
    """
    principal = principal_named(params.principal)
    if not principal.partition(":")[2]:
        raise UsageError("the principal has no name", remedy="pass User:NAME")
    snapshot = context.observe(frozenset({Part.ACLS}))
    part = snapshot.acls
    absent = isinstance(part, (Unknown, NotApplicable))
    rights = part if absent else rights_of(principal, part.value)
    warnings = (*not_applicable(snapshot, Part.ACLS), *_unnamed(principal, snapshot))
    data = Rights(principal=principal, rights=rights)
    return answer(data, snapshot, context, (Part.ACLS,), warnings=warnings)


def _unnamed(principal: str, snapshot: ClusterSnapshot) -> Iterator[Notice]:
    """Warn about a principal that no binding names, because it may be misspelled."""
    named = {acl.principal for acl in value_or(snapshot.acls, ())}
    if principal not in named and named:
        close = get_close_matches(principal, sorted(named), 1)
        yield Notice(
            code="principal_without_acl",
            message=f"no ACL names {principal}",
            object=principal,
            remedy=f"did you mean {close[0]}?"
            if close
            else Hint("list principals with ACLs: ", steward("acl list")),
        )


CAPABILITIES: tuple[Capability, ...] = (describe_principal,)
