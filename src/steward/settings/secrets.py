"""Fetches secrets from where the settings say: the environment, a file, a command."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from steward.documents.fault import Bounds, DocumentError
from steward.documents.files import read_text
from steward.documents.text import text_of
from steward.model.connection import Secret
from steward.model.error import ConfigurationError

_SECRET = Bounds(most_bytes=64 * 1024)


def secret_from(
    what: str,
    variable: str,
    file: str,
    command: tuple[str, ...],
    environ: Mapping[str, str],
    *,
    plain: str = "",
) -> Secret | None:
    """Fetch a secret from where the settings say; None where they name no source.

    The variable takes precedence over the file (its first line), the file over the command (its output); ``plain`` is
    the value in the settings themselves, where that is allowed.
    Errors: ConfigurationError, in which ``what`` names the setting; the value appears in no message.
    """
    if variable:
        if variable not in environ:
            raise ConfigurationError(f"{what}: ${variable} is not set", remedy=f"export {variable}")
        return _usable(environ[variable], what, f"${variable}")
    if file:
        return _usable(_first_line(what, file), what, f"the first line of {file}")
    if command:
        try:
            done = subprocess.run(command, capture_output=True, timeout=30, check=True)
            printed = text_of(done.stdout, "its output", _SECRET).rstrip("\n")
        except DocumentError as fault:
            raise ConfigurationError(
                f"{what}: the output of {command[0]} is {fault.reason}", remedy=fault.remedy
            ) from None
        except (OSError, ValueError, subprocess.SubprocessError):
            raise ConfigurationError(
                f"{what}: {command[0]} failed", remedy="run it by hand to see why"
            ) from None
        return _usable(printed, what, f"the output of {command[0]}")
    return Secret(plain) if plain else None


def _usable(value: str, what: str, place: str) -> Secret:
    """Return a secret that is non-empty text: an empty one means that its source was never filled."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ConfigurationError(
            f"{what}: {place} is not UTF-8 text", remedy="write it in UTF-8"
        ) from None
    if not value.strip():
        raise ConfigurationError(f"{what}: {place} is empty", remedy="put the secret there")
    return Secret(value)


def _first_line(what: str, file: str) -> str:
    try:
        lines = read_text(Path(file).expanduser(), file, _SECRET).splitlines()
    except (DocumentError, RuntimeError) as fault:  # no home directory for this user
        reason = fault.located if isinstance(fault, DocumentError) else str(fault)
        raise ConfigurationError(
            f"{what}: {file}: {reason}", remedy="check the path, its permissions and its encoding"
        ) from None
    return lines[0] if lines else ""
