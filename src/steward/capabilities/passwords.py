"""Where the passwords of a plan's SCRAM credentials come from: fetched when the plan runs, kept nowhere."""

import shlex
from collections.abc import Callable

from steward.capabilities.context import Context
from steward.model.change import UpsertScram
from steward.model.connection import Secret
from steward.model.error import ConfigurationError
from steward.settings.secrets import secret_from


def passwords_from(context: Context) -> Callable[[UpsertScram], Secret]:
    """Return what fetches the password of a credential.

    Errors: ConfigurationError where it is not where the plan says, or is empty.
    """

    def fetch(change: UpsertScram) -> Secret:
        kind, _, place = change.password_from.partition(":")
        what = f"password of user {change.user}"
        found = (
            _prompted(change.user, context)
            if kind == "prompt"
            else secret_from(
                what,
                place if kind == "env" else "",
                place if kind == "file" else "",
                tuple(shlex.split(place)) if kind == "command" else (),
                context.environ,
            )
        )
        if found is None or not found.reveal():
            raise ConfigurationError(
                f"{what}: nothing comes from {change.password_from}", remedy="check that place"
            )
        return found

    return fetch


def _prompted(user: str, context: Context) -> Secret:
    if context.ask_secret is None:
        raise ConfigurationError(
            f"password of user {user}: nobody sits at a terminal to be asked",
            remedy="use --password-env, --password-file or --password-command",
        )
    return Secret(context.ask_secret(f"Password of user {user}"))
