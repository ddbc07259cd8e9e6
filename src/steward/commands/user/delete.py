"""``steward user delete``: delete a user's SCRAM credentials."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.group_position import seen_or_fault
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.model.change import DeleteScram
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import NotSupported, ObjectNotFound
from steward.model.sasl import SCRAM_MECHANISMS
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable
from steward.model.user import ScramUser


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleteParams(ConsentParams):
    """Which user."""

    name: Annotated[str, Doc("the user's name, without User:", positional=True)]
    mechanism: Annotated[
        tuple[str, ...], Doc("only this credential; default: all", choices=SCRAM_MECHANISMS)
    ] = ()


@capability(
    "user.delete",
    effect=Effect.EXECUTE,
    parts=(Part.USERS, Part.ACLS),
    changes=(DeleteScram,),
    examples=("steward user delete app --dry-run",),
)
def delete_user(params: UserDeleteParams, context: Context) -> Answer[ChangeReport]:
    """Delete a user's SCRAM credentials: it cannot log in with them anymore; its ACLs and quotas stay."""
    seen = context.observe(frozenset({Part.USERS}))
    if isinstance(seen.users, NotApplicable):
        raise NotSupported(str(seen.users))
    users = {u.name: u for u in seen_or_fault(seen.users)}
    user = users.get(params.name)
    if user is None:
        raise ObjectNotFound(
            f"user {params.name} does not exist",
            remedy=Hint("list them: ", steward("user list")),
            object_name=params.name,
        )
    wanted = PlanRequest(
        title=f"delete user {params.name}",
        source=source_of("user", "delete", params.name),
        changes=tuple(DeleteScram(user=user.name, mechanism=m) for m in _mechanisms(user, params)),
    )
    return planned_change(context, params, wanted)


def _mechanisms(user: ScramUser, params: UserDeleteParams) -> tuple[str, ...]:
    known = tuple(sorted(c.mechanism for c in user.credentials))
    for mechanism in params.mechanism:
        if mechanism not in known:
            raise ObjectNotFound(
                f"user {user.name} has no credential of {mechanism}",
                remedy=f"it has {', '.join(known)}",
                object_name=user.name,
            )
    return params.mechanism or known


CAPABILITIES: tuple[Capability, ...] = (delete_user,)
