"""Showing the ACLs that steward needs: the rights as a table, the commands as lines to copy."""

from collections.abc import Iterable

from steward.commands.cluster.permissions import PermissionRow, Permissions
from steward.interfaces.views.blocks import Block, Lines, command_line, table
from steward.model.command import Command

_LOOK = "# to look, and to plan:"
_CHANGE = "# to carry out what was planned, besides:"


def arrange_permissions(result: Permissions, wide: bool) -> tuple[Block, ...]:
    """Arrange rights and commands; those to change stand apart, so that nobody gives them by the way."""
    rights = table("", result.rights, PermissionRow, "no ACL is needed")
    look, change = map(_typed, (result.commands, result.change_commands))
    lines = (_LOOK, *look, "", _CHANGE, *change) if change else look
    return (rights, Lines(lines)) if lines else (rights,)


def _typed(commands: Iterable[Command]) -> tuple[str, ...]:
    return tuple(command_line(command, prompt="") for command in commands)


ARRANGEMENTS = {Permissions: arrange_permissions}
"""Who arranges which result."""
