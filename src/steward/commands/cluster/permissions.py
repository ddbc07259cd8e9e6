"""The exact ACLs that steward needs for a purpose, as rows and as commands."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated

from steward.change.execution.observation_scope import guard_scope, plan_scope
from steward.change.planning.kinds import object_of
from steward.cluster.change_permissions import needs_of, rights_to_change
from steward.cluster.permissions import CLUSTER, RIGHTS, Right
from steward.commands.api.context import Context
from steward.commands.api.index import all_capabilities
from steward.commands.api.open_store import open_store
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.plan.plan_cluster import find_plan
from steward.model.addressing import addressed
from steward.model.authorization import IMPLYING
from steward.model.change import ChangeKind
from steward.model.command import NOWHERE, ClusterTarget, Command, OptionValue, kafka
from steward.model.doc import Candidates, Doc
from steward.model.error import ConfigurationError, UsageError
from steward.model.plan import Plan
from steward.model.snapshot import Part


class RightPurpose(StrEnum):
    """Whether a permission is needed to read or to change."""

    READ = "look"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class NeededRights:
    """The parts that a capability reads, and the kinds of change it plans."""

    parts: frozenset[Part]
    changes: frozenset[ChangeKind] = frozenset()

    @property
    def rights(self) -> Mapping[RightPurpose, frozenset[Right]]:
        """The permissions for a purpose."""
        return {
            RightPurpose.READ: rights_of(self.parts),
            RightPurpose.CHANGE: rights_to_change(self.changes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionsParams:
    """What steward should be able to do, and as which principal."""

    for_: Annotated[
        tuple[str, ...],
        Doc(
            "only these: commands (topic.list), nouns (topic) or checks",
            metavar="NAME",
            commas=True,
        ),
    ] = ()
    plan: Annotated[
        str, Doc("what executing this saved plan needs, on the objects it names", metavar="ID",
            completes=Candidates.PLANS)
    ] = ""  # fmt: skip
    principal: Annotated[str, Doc("principal to grant them to", metavar="PRINCIPAL")] = (
        "User:steward"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRow:
    """One permission, and what needs it."""

    capability: Annotated[str, Doc("command, check or plan")]
    access: Annotated[RightPurpose, Doc("look: to read and to plan; change: to execute plans")]
    operation: Annotated[str, Doc("as AclOperation spells it")]
    resource: Annotated[str, Doc("resource type and name; * is every resource of the type")]
    request: Annotated[str, Doc("the Kafka request that needs it")]
    why: Annotated[str, Doc("what cannot be read without it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """The permissions, and the commands that grant them."""

    principal: str
    rights: tuple[PermissionRow, ...]
    commands: Annotated[
        tuple[Command, ...],
        Doc("shell commands that grant read permissions; implied permissions are left out"),
    ]
    change_commands: Annotated[
        tuple[Command, ...], Doc("shell commands that grant the additional permissions for changes")
    ]


@capability(
    "permissions",
    needs_cluster=False,
    examples=(
        "steward permissions",
        "steward permissions --for check --principal User:steward-audit",
        "steward permissions --for topic.list --for group -o json",
    ),
)
def permissions(params: PermissionsParams, context: Context) -> Answer[Permissions]:
    """Print the exact ACLs that steward needs, and the commands that add them.

    Permissions to read and to change are listed separately: a read-only steward needs only the former. With fewer, it
    still works, and reports what it could not read. A permission missing for a change is found before the first step.
    """
    found = _of_plan(params.plan, context) if params.plan else _of_names(params.for_)
    rows = {
        _row(name, access, right)
        for name, rights in found.items()
        for access, of_access in rights.items()
        for right in of_access
    }
    reading, change = (
        frozenset(r for rights in found.values() for r in rights[access]) for access in RightPurpose
    )
    target = _target(context)
    return Answer(
        data=Permissions(
            principal=params.principal,
            rights=tuple(sorted(rows, key=_order)),
            commands=addressed(commands(reading, params.principal), target),
            change_commands=addressed(commands(change, params.principal, held=reading), target),
        )
    )


RightsByPart = Mapping[str, Mapping[RightPurpose, frozenset[Right]]]
"""The needs of each command, check or plan."""


def _of_names(words: tuple[str, ...]) -> RightsByPart:
    needs = _needs()
    names = {name for word in words for name in _meant(word, needs)} or {
        name for name in _capabilities() if needs[name].parts
    }
    return {name: needs[name].rights for name in sorted(names)}


def _of_plan(prefix: str, context: Context) -> RightsByPart:
    """Return the needs of a plan: its changes on exactly the resources that they name.

    Errors: ObjectNotFound, UsageError, StoreUnavailable.
    """
    with open_store(context) as store:
        plan = find_plan(prefix, store, context)
    parts = guard_scope(plan.steps)[0] | plan_scope([s.change for s in plan.steps])[0]
    return {
        f"plan {plan.id}": {
            RightPurpose.READ: rights_of(parts),
            RightPurpose.CHANGE: frozenset(_named_rights(plan)),
        }
    }


def _named_rights(plan: Plan) -> Iterator[Right]:
    for step in plan.steps:
        for need in needs_of(step.change):
            yield Right(
                operation=need.operation,
                resource_type=need.resource.upper(),
                resource_name=need.name or CLUSTER,
                why=str(object_of(step.change)),
                request=step.kind,
            )


def _capabilities() -> Mapping[str, NeededRights]:
    """Return the parts each capability reads and the changes it plans; with a cluster, also the identity."""
    return {
        c.name: NeededRights(c.parts | {Part.IDENTITY} if c.needs_cluster else c.parts, c.changes)
        for c in all_capabilities()
    }


def _needs() -> Mapping[str, NeededRights]:
    from steward.analysis.checks.catalog import CHECKS

    checks = {check.name: NeededRights(check.parts | {Part.IDENTITY}) for check in CHECKS}
    return {**checks, **_capabilities()}


def _meant(word: str, needs: Mapping[str, NeededRights]) -> Iterator[str]:
    """Return the capabilities or the check that a word names; a noun stands for all its verbs."""
    found = [name for name in needs if name == word or name.startswith(f"{word}.")]
    if not found:
        close = get_close_matches(word, list(needs), 1, 0.5)
        hint = f"did you mean {close[0]}?" if close else "pass topic.list, topic, or a check's name"
        raise UsageError(f"no command or check named {word!r}", remedy=hint, object_name=word)
    yield from found


def rights_of(parts: Iterable[Part]) -> frozenset[Right]:
    """Return every permission needed to read the parts."""
    return frozenset(right for part in parts for right in RIGHTS[part])


def _row(name: str, access: RightPurpose, right: Right) -> PermissionRow:
    return PermissionRow(
        capability=name,
        access=access,
        operation=right.operation,
        resource=_resource(right),
        request=right.request,
        why=right.why,
    )


def _resource(right: Right) -> str:
    kind = right.resource_type.lower().replace("_", " ")
    return kind if right.resource_type == "CLUSTER" else f"{kind} {right.resource_name}"


def _order(row: PermissionRow) -> tuple[str | int, ...]:
    return (
        row.capability, list(RightPurpose).index(row.access), row.resource, row.operation, row.request,
        row.why,
    )  # fmt: skip


def commands(
    rights: Iterable[Right], principal: str, held: Iterable[Right] = ()
) -> tuple[Command, ...]:
    """Return one kafka-acls command per resource, without operations that are implied or already granted."""
    wanted, given = _by_resource(rights), _by_resource(held)
    left = {
        resource: operations - given.get(resource, set()) - given.get((resource[0], "*"), set())
        for resource, operations in wanted.items()
    }
    return tuple(
        _command(kind, name, operations, principal)
        for (kind, name), operations in sorted(left.items())
        if operations
    )


def _by_resource(rights: Iterable[Right]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for right in rights:
        resource = (right.resource_type, right.resource_name)
        found.setdefault(resource, set()).add(right.operation)
    return found


def _command(kind: str, name: str, operations: set[str], principal: str) -> Command:
    needed = [
        operation.title().replace("_", "")
        for operation in sorted(operations)
        if not (IMPLYING.get(operation, frozenset()) - {operation}) & operations
    ]
    resource: dict[str, OptionValue] = {kind.lower(): True if kind == "CLUSTER" else name}
    return kafka("acls", "--add", allow_principal=principal, operation=needed, **resource)


def _target(context: Context) -> ClusterTarget:
    """Return the chosen cluster; without one the reader fills it in."""
    try:
        return context.target
    except ConfigurationError:
        return NOWHERE


CAPABILITIES: tuple[Capability, ...] = (permissions,)
