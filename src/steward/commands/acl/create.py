"""``steward acl create``: create ACLs: every principal gets every operation on every resource named."""

from collections.abc import Iterator
from itertools import product

from steward.change.manifests.spelling import OPERATIONS as KAFKAS_NAMES
from steward.change.manifests.spelling import RESOURCE_TYPES, allowed_operations
from steward.commands.acl.changes import AclChangeParams
from steward.commands.acl.words import principal_named
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.model.acl import AclBinding
from steward.model.change import CreateAcl
from steward.model.command import Hint, steward
from steward.model.error import UsageError
from steward.model.snapshot import Part


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
        PlanRequest(
            title=f"create ACLs of {', '.join(params.principal)}",
            source=f"{source_of('acl', 'create')} {params.source}",
            changes=tuple(CreateAcl(acl=acl) for acl in bindings),
        ),
    )


def _bindings(params: AclChangeParams) -> Iterator[AclBinding]:
    """Yield every combination.

    Errors: UsageError for an operation that the resource type does not have, and for --prefixed with the cluster.
    """
    for kind, name in params.resources:
        for operation in params.operation:
            allowed = _allowed(kind)
            if operation not in allowed:
                raise UsageError(
                    f"{operation} is not an operation of a {kind.lower().replace('_', ' ')}",
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


CAPABILITIES: tuple[Capability, ...] = (create_acls,)
