"""SCRAM users created, given a new password, and deleted; a password is never an argument."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.model.change import UpsertScram
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.sasl import SCRAM_MECHANISMS

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


def upsert(params: UserPasswordParams, context: Context, *, rotate: bool) -> Answer[ChangeReport]:
    """Create a SCRAM user, or change its password."""
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
    wanted = PlanRequest(
        title=f"{verb} user {params.name}", source=source_of(*words), changes=(change,)
    )
    return planned_change(context, params, wanted)
