"""SCRAM users created, given a new password, and deleted; a password is never an argument."""

from dataclasses import dataclass
from typing import Annotated

from steward.capabilities.changing import planned_change, source_of
from steward.capabilities.consent import ConsentParams
from steward.capabilities.context import Context
from steward.capabilities.execution_report import ChangeReport
from steward.capabilities.group_position import seen_or_fault
from steward.capabilities.planned import Wanted
from steward.capabilities.registry import Answer, Capability, Effect, capability
from steward.model.change import DeleteScram, UpsertScram
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import NotSupported, ObjectNotFound, UsageError
from steward.model.sasl import SCRAM_MECHANISMS
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable
from steward.model.user import ScramUser

_ITERATIONS = 8192
PROMPT = "prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPasswordParams(ConsentParams):
    """Which credential, and where its password comes from: without an option it is asked for."""

    name: Annotated[str, Doc("the user's name, without User:", positional=True)]
    mechanism: Annotated[str, Doc("how the user logs in", choices=SCRAM_MECHANISMS)] = (
        "SCRAM-SHA-512"
    )
    iterations: Annotated[int, Doc("how dear it is to guess the password")] = _ITERATIONS
    password_env: Annotated[
        str | None, Doc("environment variable that holds it", metavar="NAME")
    ] = None
    password_file: Annotated[str | None, Doc("file that holds it", metavar="FILE")] = None
    password_command: Annotated[
        str | None, Doc("command that prints it, words as a shell splits them", metavar="COMMAND")
    ] = None

    @property
    def password_from(self) -> str:
        """Where the password comes from, as plans name it.

        Errors: UsageError where several places are named.
        """
        given = [
            f"{kind}:{place}"
            for kind, place in (
                ("env", self.password_env), ("file", self.password_file), ("command", self.password_command)
            )
            if place is not None
        ]  # fmt: skip
        if len(given) > 1:
            raise UsageError(
                "the password has several places",
                remedy="give one of --password-env, -file, -command",
            )
        return given[0] if given else PROMPT


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
    """Create a SCRAM credential; one that exists with as many iterations is left alone.

    The password is fetched when the plan runs, and is in no plan, journal or log.
    """
    return _upsert(params, context, rotate=False)


@capability(
    "user.alter",
    effect=Effect.EXECUTE,
    parts=(Part.USERS,),
    changes=(UpsertScram,),
    examples=("steward user alter app --password-env NEW_APP_PASSWORD --yes",),
)
def alter_user(params: UserPasswordParams, context: Context) -> Answer[ChangeReport]:
    """Give a SCRAM credential a new password; clients that use the old one cannot log in again."""
    return _upsert(params, context, rotate=True)


def _upsert(params: UserPasswordParams, context: Context, *, rotate: bool) -> Answer[ChangeReport]:
    place = params.password_from
    if place == PROMPT and context.ask_secret is None and not params.dry_run:
        raise UsageError(
            "nobody sits at a terminal to be asked for the password",
            remedy="use --password-env, --password-file or --password-command",
        )
    verb = "alter" if rotate else "create"
    change = UpsertScram(
        user=params.name,
        mechanism=params.mechanism,
        iterations=params.iterations,
        password_from=place,
        rotate=rotate,
    )
    words = ("user", verb, params.name, "--mechanism", params.mechanism)
    wanted = Wanted(title=f"{verb} user {params.name}", source=source_of(*words), changes=(change,))
    return planned_change(context, params, wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleteParams(ConsentParams):
    """Which user."""

    name: Annotated[str, Doc("the user's name, without User:", positional=True)]
    mechanism: Annotated[
        tuple[str, ...], Doc("only this credential; all without it", choices=SCRAM_MECHANISMS)
    ] = ()


@capability(
    "user.delete",
    effect=Effect.EXECUTE,
    parts=(Part.USERS, Part.ACLS),
    changes=(DeleteScram,),
    examples=("steward user delete app --dry-run",),
)
def delete_user(params: UserDeleteParams, context: Context) -> Answer[ChangeReport]:
    """Delete a user's SCRAM credentials: it cannot log in with them any more; its ACLs and quotas stay."""
    seen = context.observe(frozenset({Part.USERS}))
    if isinstance(seen.users, NotApplicable):
        raise NotSupported(str(seen.users))
    users = {u.name: u for u in seen_or_fault(seen.users)}
    user = users.get(params.name)
    if user is None:
        raise ObjectNotFound(
            f"user {params.name} does not exist",
            remedy=Hint("list them with: ", steward("user list")),
            object_name=params.name,
        )
    wanted = Wanted(
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


CAPABILITIES: tuple[Capability, ...] = (create_user, alter_user, delete_user)
