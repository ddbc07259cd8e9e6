"""Fetching secrets from where the settings say they are: the environment, a file, a command."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from steward.model.connection import Secret
from steward.model.error import ConfigurationError


def secret_from(
    what: str,
    variable: str,
    file: str,
    command: tuple[str, ...],
    environ: Mapping[str, str],
    *,
    plain: str = "",
) -> Secret | None:
    """Fetch a secret from where the settings say it is; None where they name no place.

    Shape:  the variable goes before the file, the file (its first line) before the command (what it prints); ``plain``
            is what the settings hold themselves, where that is allowed.
    Errors: ConfigurationError, in which ``what`` names the setting; the value appears in no message.
    """
    if variable:
        if variable not in environ:
            raise ConfigurationError(f"{what}: ${variable} is not set", remedy=f"export {variable}")
        return Secret(environ[variable])
    if file:
        try:
            lines = Path(file).expanduser().read_text().splitlines()
        except OSError as e:
            raise ConfigurationError(
                f"{what}: cannot read {file}: {e.strerror}", remedy="check the path and its rights"
            ) from None
        return Secret(lines[0] if lines else "")
    if command:
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        except (OSError, subprocess.SubprocessError):
            raise ConfigurationError(
                f"{what}: {command[0]} did not print it", remedy="run it by hand to see why"
            ) from None
        return Secret(done.stdout.rstrip("\n"))
    return Secret(plain) if plain else None
