"""Create SCRAM users, set new passwords, delete them; a password is never an argument."""

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
    """Which credential, and the source of its password; without an option steward prompts for it."""

    name: Annotated[str, Doc("the user's name, without User:", positional=True)]
    mechanism: Annotated[str, Doc("SCRAM mechanism", choices=SCRAM_MECHANISMS)] = "SCRAM-SHA-512"
    iterations: Annotated[
        int,
        Doc(
            "iterations of the hash; more make guessing the password more expensive",
            unit="iterations",
        ),
    ] = _ITERATIONS
    password_env: Annotated[
        str | None, Doc("environment variable that holds the password", metavar="NAME")
    ] = None
    password_file: Annotated[str | None, Doc("file that holds the password", metavar="FILE")] = None
    password_command: Annotated[
        str | None, Doc("command that prints the password, split as by a shell", metavar="COMMAND")
    ] = None

    @property
    def password_from(self) -> str:
        """The source of the password, as plans record it.

        Errors: UsageError where several sources are given.
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
                "several sources of the password given",
                remedy="pass only one of --password-env, --password-file, --password-command",
            )
        return given[0] if given else PROMPT


def upsert(params: UserPasswordParams, context: Context, *, rotate: bool) -> Answer[ChangeReport]:
    """Create a SCRAM user, or change its password."""
    place = params.password_from
    if place == PROMPT and context.ask_secret is None and not params.dry_run:
        raise UsageError(
            "no terminal to prompt for the password on",
            remedy="pass --password-env, --password-file or --password-command",
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
