"""The page of permissions: the ACLs that each part of a snapshot and each command needs."""

from collections.abc import Iterable

from steward.cluster.change_permissions import rights_to_change
from steward.cluster.permissions import RIGHTS, Right
from steward.commands.api.index import all_capabilities
from steward.interfaces.reference.commands import command_name
from steward.interfaces.reference.markdown import (
    anchor,
    code,
    codes,
    link,
    page,
    plain,
    prose,
    table,
)
from steward.model.change import CHANGE_KINDS
from steward.model.snapshot import Part


def permissions_page() -> str:
    """Return the page of permissions."""
    return page(
        "Permissions",
        prose("steward uses Kafka's own requests, and requests only the parts of a cluster that a command needs. "
              "`steward permissions` prints the permissions as `kafka-acls` commands. A missing permission makes a "
              "part unknown, with the ACL to add; it never makes it look healthy."
              ),
        "## By command",
        table(("Command", "ACLs to read", "ACLs to change", "Parts"), _commands()),
        "## By change",
        prose("A permission missing for a change is found before its first step. Without these permissions `steward` "
              "still plans."),
        table(("Change", "ACL", "Request"), _changes()),
        "## By part",
        table(("Part", "ACL", "Request", "Unknown without it"), _parts()),
    )  # fmt: skip


def acl(right: Right) -> str:
    """Format a permission in one phrase."""
    if right.resource_type == "CLUSTER":
        return f"{right.operation} on CLUSTER"
    return f"{right.operation} on {right.resource_type} {right.resource_name}"


def rights_of(parts: Iterable[Part]) -> tuple[str, ...]:
    """Return the distinct ACLs that parts need together."""
    return tuple(sorted({acl(right) for part in parts for right in RIGHTS[part]}))


def _commands() -> Iterable[tuple[str, ...]]:
    for capability in all_capabilities():
        if capability.needs_cluster:
            target = f"commands.md#{anchor(capability.name.replace('.', ' '))}"
            parts = capability.parts | {Part.IDENTITY}
            yield (
                link(code(command_name(capability)), target),
                codes(rights_of(parts)),
                codes(sorted({acl(right) for right in rights_to_change(capability.changes)})),
                codes(sorted(capability.parts)),
            )


def _changes() -> Iterable[tuple[str, ...]]:
    rights = rights_to_change(CHANGE_KINDS)
    for right in sorted(rights, key=lambda r: (r.why, r.operation, r.request)):
        yield plain(right.why), code(acl(right)), right.request


def _parts() -> Iterable[tuple[str, ...]]:
    for part in Part:
        for right in RIGHTS[part]:
            yield code(part.value), code(acl(right)), right.request, plain(right.why)
        if not RIGHTS[part]:
            yield code(part.value), "none", "", ""
