"""``steward acl delete``: delete the ACLs that match all conditions; each is shown first."""

from steward.commands.acl.changes import AclChangeParams
from steward.commands.acl.words import principal_named
from steward.commands.api.context import Context
from steward.commands.api.group_position import seen_or_fault
from steward.commands.api.registry import Answer, Capability, Effect, Notice, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.model.acl import AclBinding
from steward.model.change import DeleteAcl
from steward.model.command import Hint, steward
from steward.model.error import NotSupported, ObjectNotFound, UsageError
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable
from steward.model.wording import few


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
    """Delete the ACLs that match all conditions; each is shown first.

    Names match exactly: a prefixed binding is deleted only with --prefixed and that prefix. An omitted condition
    matches everything: without --host the bindings of every host, without --operation those of every operation, without
    --deny both ALLOW and DENY.
    """
    if not params.principal and not params.resources:
        raise UsageError(
            "no principal and no resource given: this would delete every ACL",
            remedy="add --principal, --topic, --group, --transactional-id or --on-cluster",
        )
    seen = context.observe(frozenset({Part.ACLS}))
    if isinstance(seen.acls, NotApplicable):
        raise NotSupported(str(seen.acls))
    found = tuple(acl for acl in seen_or_fault(seen.acls) if _is_meant(acl, params))
    if not found:
        raise ObjectNotFound(
            "no ACL matches all conditions",
            remedy=Hint("list them: ", steward("acl list")),
        )
    return planned_change(
        context,
        params,
        PlanRequest(
            title=f"delete ACLs of {_conditions(params)}",
            source=f"{source_of('acl', 'delete')} {params.source}",
            changes=tuple(DeleteAcl(acl=acl) for acl in found),
            warnings=() if params.host else (_any_host(found),),
        ),
    )


def _conditions(params: AclChangeParams) -> str:
    """Describe the selected bindings, including omitted conditions."""
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
        message=f"no --host given: bindings of every host are deleted, here {few(hosts, 5)}",
        remedy="--host '*' matches only bindings that allow every host",
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


CAPABILITIES: tuple[Capability, ...] = (delete_acls,)
