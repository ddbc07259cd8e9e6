"""``steward quota delete``: remove all limits of one entity."""

from steward.analysis.checks.quota.wording import entity_name
from steward.commands.api.context import Context
from steward.commands.api.group_position import seen_or_fault
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.commands.quota.changes import QuotaEntityParams
from steward.model.change import AlterQuota
from steward.model.command import Hint, steward
from steward.model.error import NotSupported, ObjectNotFound
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable


@capability(
    "quota.delete",
    effect=Effect.EXECUTE,
    parts=(Part.QUOTAS,),
    changes=(AlterQuota,),
    examples=("steward quota delete --user app --dry-run",),
)
def delete_quota(params: QuotaEntityParams, context: Context) -> Answer[ChangeReport]:
    """Remove all limits of one entity; a less specific entity's limits then apply, if any."""
    entity = params.entity
    seen = context.observe(frozenset({Part.QUOTAS}))
    if isinstance(seen.quotas, NotApplicable):
        raise NotSupported(str(seen.quotas))
    entry = next((q for q in seen_or_fault(seen.quotas) if q.entity == entity), None)
    if entry is None:
        raise ObjectNotFound(
            f"{entity_name(entity)} has no quota",
            remedy=Hint("list them: ", steward("quota list")),
            object_name=entity_name(entity),
        )
    return planned_change(
        context,
        params,
        PlanRequest(
            title=f"delete quota of {entity_name(entity)}",
            source=source_of("quota", "delete", *params.words),
            changes=(AlterQuota(entity=entity, remove=tuple(sorted(entry.limits))),),
        ),
    )


CAPABILITIES: tuple[Capability, ...] = (delete_quota,)
