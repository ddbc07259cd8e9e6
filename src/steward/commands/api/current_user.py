"""The current user and machine, as recorded in plans, silences and the audit log."""

import getpass
import socket

from steward.commands.api.context import Context


def current_user() -> str:
    """Return the logged-in user as the operating system reports it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name, as in containers
        return "unknown"


def origin_of(context: Context) -> str:
    """Return the surface and machine of this run."""
    return f"{context.actor} on {socket.gethostname()}"
