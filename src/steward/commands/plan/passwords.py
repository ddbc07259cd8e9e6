"""Where the passwords of a plan's SCRAM credentials come from: fetched when the plan runs, kept nowhere."""

from collections.abc import Callable

from steward.change.planning.password_source import PasswordKind, password_source
from steward.commands.api.context import Context
from steward.model.change import UpsertScram
from steward.model.connection import Environment, Secret
from steward.model.error import ConfigurationError
from steward.settings.programs import allowed_programs, located, real_path
from steward.settings.secrets import secret_from


def passwords_from(context: Context) -> Callable[[UpsertScram], Secret]:
    """Return what fetches the password of a credential; the only place where a plan runs a program.

    Errors: ConfigurationError where it is not where the plan says, is empty, or comes from a program that the profile
            does not allow.
    """

    def fetch(change: UpsertScram) -> Secret:
        what = f"password of user {change.user}"
        source = password_source(change.password_from)
        if isinstance(source, str):
            raise ConfigurationError(f"{what}: {source}", remedy="plan again with another place")
        if source.kind is PasswordKind.PROMPT:
            found = _prompted(change.user, context)
        else:
            kind, words = source.kind, source.words
            found = secret_from(
                what,
                words[0] if kind is PasswordKind.ENV else "",
                words[0] if kind is PasswordKind.FILE else "",
                _allowed(what, words, context) if kind is PasswordKind.COMMAND else (),
                context.environ,
            )
        if found is None or not found.reveal():
            raise ConfigurationError(
                f"{what}: nothing comes from {change.password_from}", remedy="check that place"
            )
        return found

    return fetch


def _allowed(what: str, words: tuple[str, ...], context: Context) -> tuple[str, ...]:
    """Return the words of a command with its program's absolute path, checked again right before it runs."""
    path = real_path(words[0], context.environ)
    if not path:
        raise ConfigurationError(
            f"{what}: {words[0]} is not found", remedy="name a program that is on this machine"
        )
    profile = context.profile
    in_production = profile.environment == Environment.PRODUCTION.value
    if in_production and path not in allowed_programs(profile.allowed_programs):
        raise ConfigurationError(
            f"{what}: {path} is not among the profile's allowed_programs",
            remedy=f'add it there: allowed_programs = ["{path}"]',
        )
    return (located(words[0], context.environ), *words[1:])


def _prompted(user: str, context: Context) -> Secret:
    if context.ask_secret is None:
        raise ConfigurationError(
            f"password of user {user}: nobody sits at a terminal to be asked",
            remedy="use --password-env, --password-file or --password-command",
        )
    return Secret(context.ask_secret(f"Password of user {user}"))
