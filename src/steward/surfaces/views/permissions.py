"""Showing the ACLs that steward needs: the rights as a table, the commands as lines to copy."""

from steward.capabilities.permissions import PermissionRow, Permissions
from steward.surfaces.views.blocks import Block, Prose, table

_LOOK = "# to look, and to plan:"
_CHANGE = "# to carry out what was planned, besides:"


def arrange_permissions(result: Permissions, wide: bool) -> tuple[Block, ...]:
    """Arrange rights and commands; those to change stand apart, so that nobody gives them by the way."""
    rights = table("", result.rights, PermissionRow, "no ACL is needed")
    if not result.change_commands:
        commands = "\n".join(result.commands)
    else:
        commands = "\n".join((_LOOK, *result.commands, "", _CHANGE, *result.change_commands))
    return (rights, Prose(commands)) if commands else (rights,)


ARRANGEMENTS = {Permissions: arrange_permissions}
"""Who arranges which result."""
