"""``steward user create``: create a SCRAM credential; an existing one with as many iterations is not changed."""

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.execution_report import ChangeReport
from steward.commands.user.changes import UserPasswordParams, upsert
from steward.model.change import UpsertScram
from steward.model.snapshot import Part


@capability(
    "user.create",
    effect=Effect.EXECUTE,
    parts=(Part.USERS,),
    changes=(UpsertScram,),
    examples=(
        "steward user create app --password-env APP_PASSWORD --yes",
        "steward user create app --mechanism SCRAM-SHA-256 --password-file app.secret --dry-run",
    ),
)
def create_user(params: UserPasswordParams, context: Context) -> Answer[ChangeReport]:
    """Create a SCRAM credential; an existing one with as many iterations is not changed.

    The password is read when the plan executes, and is in no plan, journal or log.
    """
    return upsert(params, context, rotate=False)


CAPABILITIES: tuple[Capability, ...] = (create_user,)
