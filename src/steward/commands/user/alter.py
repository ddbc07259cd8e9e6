"""``steward user alter``: set a new password of a SCRAM credential; the old one stops working."""

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.execution_report import ChangeReport
from steward.commands.user.changes import UserPasswordParams, upsert
from steward.model.change import UpsertScram
from steward.model.snapshot import Part


@capability(
    "user.alter",
    effect=Effect.EXECUTE,
    parts=(Part.USERS,),
    changes=(UpsertScram,),
    examples=("steward user alter app --password-env NEW_APP_PASSWORD --yes",),
)
def alter_user(params: UserPasswordParams, context: Context) -> Answer[ChangeReport]:
    """Set a new password of a SCRAM credential; clients with the old one cannot log in anymore."""
    return upsert(params, context, rotate=True)


CAPABILITIES: tuple[Capability, ...] = (alter_user,)
