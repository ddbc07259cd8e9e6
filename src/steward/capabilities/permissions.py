"""The exact ACLs that steward needs, by what it is to do, as rows and as commands to run."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from steward.capabilities.context import Context
from steward.capabilities.index import all_capabilities
from steward.capabilities.registry import Answer, Capability, capability
from steward.cluster.permissions import RIGHTS, Right
from steward.model.authorization import IMPLYING
from steward.model.doc import Doc
from steward.model.error import ConfigurationError, UsageError
from steward.model.snapshot import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionsParams:
    """What steward is to be able to do, and as whom."""

    for_: Annotated[
        tuple[str, ...],
        Doc("only these: commands (topic.list), nouns (topic) or checks", metavar="NAME"),
    ] = ()
    principal: Annotated[str, Doc("whom to allow it", metavar="PRINCIPAL")] = "User:steward"


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRow:
    """One right, and what needs it."""

    capability: Annotated[str, Doc("command or check")]
    operation: Annotated[str, Doc("as AclOperation spells it")]
    resource: Annotated[str, Doc("resource type and name; * is every resource of the type")]
    request: Annotated[str, Doc("the Kafka request that needs it")]
    why: Annotated[str, Doc("what cannot be seen without it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """The rights, and the commands that give them."""

    principal: str
    rights: tuple[PermissionRow, ...]
    commands: Annotated[
        tuple[str, ...], Doc("shell commands that add them; an implied right has none of its own")
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

    A read-only steward needs no more than these; with fewer it works, and says what it could not see.
    """
    needs = _needs()
    names = sorted({name for word in params.for_ for name in _meant(word, needs)}) or sorted(
        name for name, parts in needs.items() if parts and name in _capabilities()
    )
    rows = tuple(sorted({row for name in names for row in _rows(name, needs[name])}, key=_order))
    rights = {right for name in names for right in rights_of(needs[name])}
    return Answer(
        data=Permissions(
            principal=params.principal,
            rights=rows,
            commands=commands(rights, params.principal, _bootstrap(context)),
        )
    )


def _capabilities() -> Mapping[str, frozenset[Part]]:
    """Return the parts that each capability looks at; where it asks a cluster at all, who that is too."""
    return {
        c.name: c.parts | {Part.IDENTITY} if c.needs_cluster else c.parts
        for c in all_capabilities()
    }


def _needs() -> Mapping[str, frozenset[Part]]:
    from steward.checks.catalog import CHECKS

    checks = {check.name: check.parts | {Part.IDENTITY} for check in CHECKS}
    return {**checks, **_capabilities()}


def _meant(word: str, needs: Mapping[str, frozenset[Part]]) -> Iterator[str]:
    """Return the capabilities or the check that a word means: a noun is all its verbs."""
    found = [name for name in needs if name == word or name.startswith(f"{word}.")]
    if not found:
        close = get_close_matches(word, list(needs), 1, 0.5)
        hint = (
            f"did you mean {close[0]}?" if close else "write topic.list, topic, or a check's name"
        )
        raise UsageError(f"there is no command or check {word!r}", remedy=hint, object_name=word)
    yield from found


def rights_of(parts: Iterable[Part]) -> frozenset[Right]:
    """Return every right that looking at the parts needs."""
    return frozenset(right for part in parts for right in RIGHTS[part])


def _rows(name: str, parts: frozenset[Part]) -> Iterator[PermissionRow]:
    for right in rights_of(parts):
        yield PermissionRow(
            capability=name,
            operation=right.operation,
            resource=_resource(right),
            request=right.request,
            why=right.why,
        )


def _resource(right: Right) -> str:
    kind = right.resource_type.lower().replace("_", " ")
    return kind if right.resource_type == "CLUSTER" else f"{kind} {right.resource_name}"


def _order(row: PermissionRow) -> tuple[str, ...]:
    return row.capability, row.resource, row.operation, row.request, row.why


def commands(rights: Iterable[Right], principal: str, bootstrap: str) -> tuple[str, ...]:
    """Return one kafka-acls command a resource, leaving out operations that another one implies."""
    by_resource: dict[tuple[str, str], set[str]] = {}
    for right in rights:
        resource = (right.resource_type, right.resource_name)
        by_resource.setdefault(resource, set()).add(right.operation)
    return tuple(
        _command(kind, name, operations, principal, bootstrap)
        for (kind, name), operations in sorted(by_resource.items())
    )


def _command(kind: str, name: str, operations: set[str], principal: str, bootstrap: str) -> str:
    words = ["kafka-acls.sh", "--bootstrap-server", bootstrap, "--add"]
    words += ["--allow-principal", principal]
    for operation in sorted(operations):
        if not (IMPLYING.get(operation, frozenset()) - {operation}) & operations:
            words += ["--operation", operation.title().replace("_", "")]
    words.append(f"--{kind.lower().replace('_', '-')}")
    if kind != "CLUSTER":
        words.append(name)
    return shlex.join(words)


def _bootstrap(context: Context) -> str:
    """Return the chosen cluster's bootstrap servers; without one the reader fills them in."""
    try:
        return context.profile.bootstrap_servers
    except ConfigurationError:
        return "HOST:PORT"


CAPABILITIES: tuple[Capability, ...] = (permissions,)
