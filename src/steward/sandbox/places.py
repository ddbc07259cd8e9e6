"""Folders of sandboxes, jars and secrets on this machine."""

import os
import re
from pathlib import Path

from platformdirs import user_cache_dir, user_state_dir

from steward.documents.fault import DocumentError
from steward.documents.files import path_of
from steward.model.error import ConfigurationError
from steward.sandbox.error import SandboxError

DEFAULT_NAME = "sandbox"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def checked_name(name: str) -> str:
    """Return the name; reject one that is not valid as folder, profile and host label."""
    if _NAME.fullmatch(name) is None:
        raise SandboxError(
            f"{name!r} is not a sandbox name",
            remedy="Use 1 to 40 of a-z, 0-9 and '-', beginning and ending with a letter or digit.",
        )
    return name


def state_dir() -> Path:
    """The folder of persistent state (``STEWARD_STATE_DIR`` overrides it)."""
    return _folder("STEWARD_STATE_DIR", user_state_dir("steward"))


def sandboxes_dir() -> Path:
    """The folder with one folder per sandbox."""
    return state_dir() / "sandboxes"


def sandbox_home(name: str) -> Path:
    """The folder of one sandbox, whether it exists or not."""
    return sandboxes_dir() / checked_name(name)


def cache_dir() -> Path:
    """The folder of files that can be downloaded or created again (``STEWARD_CACHE_DIR`` overrides it)."""
    return _folder("STEWARD_CACHE_DIR", user_cache_dir("steward"))


def _folder(variable: str, default: str) -> Path:
    """Return the folder given by a variable, else the default.

    Errors: ConfigurationError for an invalid or unreachable path.
    """
    named = os.environ.get(variable, "").strip() or default
    try:
        named.encode()
        return path_of(named).absolute()
    except (UnicodeEncodeError, DocumentError) as fault:
        reason = fault.reason if isinstance(fault, DocumentError) else "is not text in UTF-8"
        raise ConfigurationError(
            f"${variable} {reason}", remedy=f"set {variable} to a folder of your own, or unset it"
        ) from None


def secrets_dir(home: Path) -> Path:
    """The folder of a secured sandbox's keys, certificates and passwords."""
    return home / "secrets"


def temporary_dir(home: Path) -> Path:
    """The temporary folder of a sandbox's JVMs."""
    return home / "tmp"


def broker_dir(home: Path, broker_id: int) -> Path:
    """The folder of one broker: its configuration, data and logs."""
    return home / "brokers" / str(broker_id)
