"""Passwords of SCRAM credentials in a plan: read when the plan executes, stored nowhere."""

from collections.abc import Callable

from steward.change.planning.password_source import PasswordKind, password_source
from steward.commands.api.context import Context
from steward.model.change import UpsertScram
from steward.model.connection import Environment, Secret
from steward.model.error import ConfigurationError
from steward.settings.programs import allowed_programs, located, real_path
from steward.settings.secrets import secret_from


def passwords_from(context: Context) -> Callable[[UpsertScram], Secret]:
    """Return the function that reads a credential's password; the only place where a plan runs a program.

    Errors: ConfigurationError where the password cannot be read, is empty, or comes from a program that the profile
            does not allow.
    """

    def fetch(change: UpsertScram) -> Secret:
        what = f"password of user {change.user}"
        source = password_source(change.password_from)
        if isinstance(source, str):
            raise ConfigurationError(
                f"{what}: {source}", remedy="plan again with another password source"
            )
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
                f"{what}: {change.password_from} is empty", remedy="check this source"
            )
        return found

    return fetch


def _allowed(what: str, words: tuple[str, ...], context: Context) -> tuple[str, ...]:
    """Return a command's words with its program's absolute path, checked again right before it runs."""
    path = real_path(words[0], context.environ)
    if not path:
        raise ConfigurationError(
            f"{what}: {words[0]} not found", remedy="use a program that exists on this machine"
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
            f"password of user {user}: no terminal to prompt on",
            remedy="pass --password-env, --password-file or --password-command",
        )
    return Secret(context.ask_secret(f"Password of user {user}"))
