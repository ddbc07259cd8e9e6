"""SCRAM users: their credentials, never a secret, and everything that is said of one."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from steward.capabilities import user_changes
from steward.capabilities.acl import AclRow, acl_rows
from steward.capabilities.answering import answer, value_of
from steward.capabilities.context import Context
from steward.capabilities.observing import not_applicable
from steward.capabilities.quota import QuotaRow, quota_rows
from steward.capabilities.registry import Answer, Capability, capability
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import ObjectNotFound
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Observed, Unknown
from steward.model.user import ScramUser


@dataclass(frozen=True, slots=True, kw_only=True)
class UserListParams:
    """Nothing to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """One credential of a user."""

    user: str
    mechanism: Annotated[str, Doc("SCRAM-SHA-256 or SCRAM-SHA-512")]
    iterations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserList:
    """Credentials by user; principals that log in by certificate, PLAIN or OAUTHBEARER are not among them."""

    users: tuple[UserRow, ...]


@capability("user.list", parts=(Part.USERS,), examples=("steward user list",))
def list_users(params: UserListParams, context: Context) -> Answer[UserList]:
    """List SCRAM users with their mechanisms."""
    snapshot = context.observe(frozenset({Part.USERS}))
    data = UserList(users=user_rows(value_of(snapshot.users, ())))
    warnings = not_applicable(snapshot, Part.USERS)
    return answer(data, snapshot, context, (Part.USERS,), warnings=warnings)


def user_rows(users: tuple[ScramUser, ...]) -> tuple[UserRow, ...]:
    """Return a row for each credential."""
    return tuple(
        UserRow(user=user.name, mechanism=c.mechanism, iterations=c.iterations)
        for user in users
        for c in user.credentials
    )


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
    """Everything the cluster says of a user by name."""

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
    """Gather what credentials, ACLs and quotas say of a user."""
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
    known = {user.name for user in value_of(snapshot.users, ())} | {
        acl.principal.removeprefix("User:") for acl in value_of(snapshot.acls, ())
    }
    close = get_close_matches(name, sorted(known), 1)
    hint = f"did you mean {close[0]}?" if close else Hint("list them with: ", steward("user list"))
    return ObjectNotFound(
        f"user {name} has no SCRAM credential, no ACL and no quota", remedy=hint, object_name=name
    )


CAPABILITIES: tuple[Capability, ...] = (
    list_users,
    describe_user,
    *user_changes.CAPABILITIES,
)
