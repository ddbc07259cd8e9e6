"""ACLs created and deleted: every binding is a step, shown before it is made or goes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Annotated

from steward.capabilities.acl_words import OPERATIONS, principal_named
from steward.capabilities.changing import planned_change, source_of
from steward.capabilities.consent import ConsentParams
from steward.capabilities.context import Context
from steward.capabilities.execution_report import ChangeReport
from steward.capabilities.group_position import seen_or_fault
from steward.capabilities.planned import Wanted
from steward.capabilities.registry import Answer, Capability, Effect, Notice, capability
from steward.manifests.spelling import OPERATIONS as KAFKAS_NAMES
from steward.manifests.spelling import RESOURCE_TYPES, allowed_operations
from steward.model.acl import AclBinding
from steward.model.change import CreateAcl, DeleteAcl
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import NotSupported, ObjectNotFound, UsageError
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable
from steward.model.wording import few

_CLUSTER_NAME = "kafka-cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class AclChangeParams(ConsentParams):
    """Whose rights on what; each option may be repeated, and all combinations are meant."""

    principal: Annotated[tuple[str, ...], Doc("User:NAME or NAME", metavar="NAME")] = ()
    operation: Annotated[tuple[str, ...], Doc("what may be done", choices=OPERATIONS)] = ()
    topic: Annotated[tuple[str, ...], Doc("on this topic", metavar="NAME")] = ()
    group: Annotated[tuple[str, ...], Doc("on this group", metavar="NAME")] = ()
    transactional_id: Annotated[tuple[str, ...], Doc("on this transactional id", metavar="ID")] = ()
    on_cluster: Annotated[bool, Doc("on the cluster itself")] = False
    prefixed: Annotated[bool, Doc("names are prefixes")] = False
    host: Annotated[
        tuple[str, ...],
        Doc(
            "address from which it holds, * is every one; not given: create allows every, delete takes any host's",
            metavar="ADDRESS",
        ),
    ] = ()
    deny: Annotated[bool, Doc("DENY instead of ALLOW")] = False

    @property
    def resources(self) -> tuple[tuple[str, str], ...]:
        """The resources that are named: type and name."""
        named = (
            *(("TOPIC", name) for name in self.topic),
            *(("GROUP", name) for name in self.group),
            *(("TRANSACTIONAL_ID", name) for name in self.transactional_id),
        )
        return (*named, *((("CLUSTER", _CLUSTER_NAME),) if self.on_cluster else ()))

    @property
    def source(self) -> str:
        """These conditions as words of a command line."""
        words: list[str] = []
        for name in ("principal", "operation", "topic", "group", "transactional_id", "host"):
            for value in getattr(self, name):
                words += [f"--{name.replace('_', '-')}", value]
        flags = [
            f"--{n.replace('_', '-')}"
            for n in ("on_cluster", "prefixed", "deny")
            if getattr(self, n)
        ]
        return " ".join((*words, *flags))


@capability(
    "acl.create",
    effect=Effect.EXECUTE,
    parts=(Part.ACLS, Part.BROKERS, Part.BROKER_CONFIGS),
    changes=(CreateAcl,),
    examples=(
        "steward acl create --principal app --operation READ --topic orders --group billing --dry-run",
        "steward acl create --principal app --operation WRITE --topic pay. --prefixed --yes",
    ),
)
def create_acls(params: AclChangeParams, context: Context) -> Answer[ChangeReport]:
    """Create ACLs: every principal gets every operation on every resource named."""
    missing = [
        option
        for option, given in (
            ("--principal", params.principal),
            ("--operation", params.operation),
            ("--topic, --group, --transactional-id or --on-cluster", params.resources),
        )
        if not given
    ]
    if missing:
        raise UsageError(
            f"an ACL needs {' and '.join(missing)}",
            remedy=Hint(
                steward(
                    "acl create", principal="app", operation="READ", topic="orders", dry_run=True
                )
            ),
        )
    bindings = tuple(_bindings(params))
    return planned_change(
        context,
        params,
        Wanted(
            title=f"create ACLs of {', '.join(params.principal)}",
            source=f"{source_of('acl', 'create')} {params.source}",
            changes=tuple(CreateAcl(acl=acl) for acl in bindings),
        ),
    )


def _bindings(params: AclChangeParams) -> Iterator[AclBinding]:
    """Yield every combination.

    Errors: UsageError for an operation that the type of resource does not have, and a prefix of the cluster.
    """
    for kind, name in params.resources:
        for operation in params.operation:
            allowed = _allowed(kind)
            if operation not in allowed:
                raise UsageError(
                    f"{operation} is no operation of a {kind.lower().replace('_', ' ')}",
                    remedy=f"use one of {', '.join(allowed)}",
                )
            for principal, host in product(params.principal, params.host or ("*",)):
                yield AclBinding(
                    resource_type=kind,
                    resource_name=name,
                    pattern_type="PREFIXED" if params.prefixed and kind != "CLUSTER" else "LITERAL",
                    principal=principal_named(principal),
                    host=host,
                    operation=operation,
                    permission="DENY" if params.deny else "ALLOW",
                )


def _allowed(kind: str) -> tuple[str, ...]:
    spelled = next(word for word, name in RESOURCE_TYPES.items() if name == kind)
    return tuple(KAFKAS_NAMES[word.lower()] for word in allowed_operations(spelled))


@capability(
    "acl.delete",
    effect=Effect.EXECUTE,
    parts=(Part.ACLS, Part.BROKERS, Part.BROKER_CONFIGS),
    changes=(DeleteAcl,),
    examples=(
        "steward acl delete --principal app --topic orders --dry-run",
        "steward acl delete --principal app --yes",
    ),
)
def delete_acls(params: AclChangeParams, context: Context) -> Answer[ChangeReport]:
    """Delete the ACLs for which all given conditions hold; each is shown before it goes.

    Names are exact: a binding on a prefix is deleted only with --prefixed and that prefix. What is not given matches
    everything: without --host the bindings of every host, without --operation those of every operation, without --deny
    both ALLOW and DENY.
    """
    if not params.principal and not params.resources:
        raise UsageError(
            "no principal and no resource is named: that would be every ACL",
            remedy="add --principal, --topic, --group, --transactional-id or --on-cluster",
        )
    seen = context.observe(frozenset({Part.ACLS}))
    if isinstance(seen.acls, NotApplicable):
        raise NotSupported(str(seen.acls))
    found = tuple(acl for acl in seen_or_fault(seen.acls) if _is_meant(acl, params))
    if not found:
        raise ObjectNotFound(
            "no ACL has all of these conditions",
            remedy=Hint("list them with: ", steward("acl list")),
        )
    return planned_change(
        context,
        params,
        Wanted(
            title=f"delete ACLs of {_conditions(params)}",
            source=f"{source_of('acl', 'delete')} {params.source}",
            changes=tuple(DeleteAcl(acl=acl) for acl in found),
            warnings=() if params.host else (_any_host(found),),
        ),
    )


def _conditions(params: AclChangeParams) -> str:
    """Say which bindings are meant, what was not given included."""
    principals = " or ".join(principal_named(name) for name in params.principal)
    resources = " or ".join(f"{kind} {name}" for kind, name in params.resources)
    return ", ".join(
        (
            principals or "every principal",
            " or ".join(params.operation) or "every operation",
            f"{'prefix ' if params.prefixed else ''}{resources}" if resources else "every resource",
            f"host {' or '.join(params.host)}" if params.host else "every host",
            "DENY" if params.deny else "ALLOW and DENY",
        )
    )


def _any_host(found: tuple[AclBinding, ...]) -> Notice:
    hosts = sorted({acl.host for acl in found})
    return Notice(
        code="every_host",
        message=f"no --host is given: bindings of every host are deleted, here {few(hosts, 5)}",
        remedy="--host '*' means only those that hold from every address",
    )


def _is_meant(acl: AclBinding, params: AclChangeParams) -> bool:
    principals = {principal_named(name) for name in params.principal}
    resources = params.resources
    pattern = "PREFIXED" if params.prefixed and acl.resource_type != "CLUSTER" else "LITERAL"
    return (
        (not principals or acl.principal in principals)
        and (not params.operation or acl.operation in params.operation)
        and (not resources or (acl.resource_type, acl.resource_name) in resources)
        and (not (resources or params.prefixed) or acl.pattern_type == pattern)
        and (not params.host or acl.host in params.host)
        and (not params.deny or acl.permission == "DENY")
    )


CAPABILITIES: tuple[Capability, ...] = (create_acls, delete_acls)
