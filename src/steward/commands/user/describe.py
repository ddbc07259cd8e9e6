"""``steward user describe``: describe a user: SCRAM credentials, ACLs and quotas that name it."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from steward.commands.acl.rows import AclRow, acl_rows
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.quota.rows import QuotaRow, quota_rows
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import ObjectNotFound
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Observed, Unknown, value_or


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDescribeParams:
    """Which user."""

    name: Annotated[str, Doc("name of the user", positional=True, metavar="NAME")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """One SCRAM credential."""

    mechanism: str
    iterations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDescription:
    """Everything the cluster stores about a user by name."""

    name: str
    credentials: tuple[CredentialRow, ...] | Unknown | NotApplicable
    acls: tuple[AclRow, ...] | Unknown | NotApplicable
    quotas: Annotated[
        tuple[QuotaRow, ...] | Unknown | NotApplicable, Doc("entries that name the user")
    ]


_PARTS = (Part.USERS, Part.ACLS, Part.QUOTAS)


@capability("user.describe", parts=_PARTS, examples=("steward user describe alice",))
def describe_user(params: UserDescribeParams, context: Context) -> Answer[UserDescription]:
    """Describe a user: SCRAM credentials, ACLs and quotas that name it."""
    name = params.name.removeprefix("User:")
    snapshot = context.observe(frozenset(_PARTS))
    described = description(name, snapshot)
    said = (described.credentials, described.acls, described.quotas)
    if all(one == () or isinstance(one, NotApplicable) for one in said):
        raise _missing(name, snapshot)
    return answer(described, snapshot, context, _PARTS)


def description(name: str, snapshot: ClusterSnapshot) -> UserDescription:
    """Collect a user's credentials, ACLs and quotas."""
    users, acls, quotas = snapshot.users, snapshot.acls, snapshot.quotas
    return UserDescription(
        name=name,
        credentials=tuple(
            CredentialRow(mechanism=c.mechanism, iterations=c.iterations)
            for user in users.value
            if user.name == name
            for c in user.credentials
        )
        if isinstance(users, Observed)
        else users,
        acls=acl_rows(a for a in acls.value if a.principal == f"User:{name}")
        if isinstance(acls, Observed)
        else acls,
        quotas=quota_rows([q for q in quotas.value if ("user", name) in q.entity])
        if isinstance(quotas, Observed)
        else quotas,
    )


def _missing(name: str, snapshot: ClusterSnapshot) -> ObjectNotFound:
    known = {user.name for user in value_or(snapshot.users, ())} | {
        acl.principal.removeprefix("User:") for acl in value_or(snapshot.acls, ())
    }
    close = get_close_matches(name, sorted(known), 1)
    hint = f"did you mean {close[0]}?" if close else Hint("list them: ", steward("user list"))
    return ObjectNotFound(
        f"user {name} has no SCRAM credential, no ACL and no quota", remedy=hint, object_name=name
    )


CAPABILITIES: tuple[Capability, ...] = (describe_user,)
