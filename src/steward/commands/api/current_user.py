"""Who runs a command and from where, as plans, silences and the audit log name them."""

import getpass
import socket

from steward.commands.api.context import Context


def current_user() -> str:
    """Name who is logged in, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name, as containers have them
        return "unknown"


def origin_of(context: Context) -> str:
    """Say by which surface and on which machine."""
    return f"{context.actor} on {socket.gethostname()}"
