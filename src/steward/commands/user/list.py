"""``steward user list``: list SCRAM users with their mechanisms."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.observation import not_applicable
from steward.commands.api.registry import Answer, Capability, capability
from steward.model.doc import Doc
from steward.model.snapshot import Part
from steward.model.unknown import value_or
from steward.model.user import ScramUser


@dataclass(frozen=True, slots=True, kw_only=True)
class UserListParams:
    """No parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """One credential of a user."""

    user: str
    mechanism: Annotated[str, Doc("SCRAM-SHA-256 or SCRAM-SHA-512")]
    iterations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserList:
    """Credentials by user; principals that log in with a certificate, PLAIN or OAUTHBEARER are not included."""

    users: tuple[UserRow, ...]


@capability("user.list", is_list=True, parts=(Part.USERS,), examples=("steward user list",))
def list_users(params: UserListParams, context: Context) -> Answer[UserList]:
    """List SCRAM users with their mechanisms."""
    snapshot = context.observe(frozenset({Part.USERS}))
    data = UserList(users=user_rows(value_or(snapshot.users, ())))
    warnings = not_applicable(snapshot, Part.USERS)
    return answer(data, snapshot, context, (Part.USERS,), warnings=warnings)


def user_rows(users: tuple[ScramUser, ...]) -> tuple[UserRow, ...]:
    """Return a row for each credential."""
    return tuple(
        UserRow(user=user.name, mechanism=c.mechanism, iterations=c.iterations)
        for user in users
        for c in user.credentials
    )


CAPABILITIES: tuple[Capability, ...] = (list_users,)
