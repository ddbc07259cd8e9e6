"""Layout of the ACLs that steward needs: the permissions as a table, the commands as lines to copy."""

from collections.abc import Iterable

from steward.commands.cluster.permissions import PermissionRow, Permissions
from steward.interfaces.views.blocks import Block, Lines, command_line, table
from steward.model.command import Command

_READ = "# to read, and to plan:"
_CHANGE = "# additionally, to execute plans:"


def arrange_permissions(result: Permissions, wide: bool) -> tuple[Block, ...]:
    """Lay out permissions and commands; those for changes are separate, so that they are not granted by accident."""
    rights = table("", result.rights, PermissionRow, "no ACL is needed")
    look, change = map(_typed, (result.commands, result.change_commands))
    lines = (_READ, *look, "", _CHANGE, *change) if change else look
    return (rights, Lines(lines)) if lines else (rights,)


def _typed(commands: Iterable[Command]) -> tuple[str, ...]:
    return tuple(command_line(command, prompt="") for command in commands)


ARRANGEMENTS = {Permissions: arrange_permissions}
"""Layouts by result type."""
