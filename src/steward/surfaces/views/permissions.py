"""Showing the ACLs that steward needs: the rights as a table, the commands as lines to copy."""

from steward.capabilities.permissions import PermissionRow, Permissions
from steward.surfaces.views.blocks import Block, Prose, table


def arrange_permissions(result: Permissions, wide: bool) -> tuple[Block, ...]:
    """Arrange rights and commands."""
    rights = table("", result.rights, PermissionRow, "no ACL is needed")
    commands = "\n".join(result.commands)
    return (rights, Prose(commands)) if commands else (rights,)
