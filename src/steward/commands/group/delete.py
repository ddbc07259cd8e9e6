"""``steward group delete``: delete groups without members, with all their offsets."""

from dataclasses import dataclass
from typing import Annotated

from steward.cluster.ports import Scope
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.group_position import (
    active_members,
    has_members,
    missing_group,
    seen_or_fault,
)
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.model.change import DeleteGroup
from steward.model.doc import Candidates, Doc
from steward.model.finding import ObjectRef
from steward.model.group import Group
from steward.model.plan import Impossible
from steward.model.snapshot import Part

_PARTS = (Part.GROUPS, Part.GROUP_OFFSETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDeleteParams(ConsentParams):
    """Which groups."""

    names: Annotated[
        tuple[str, ...], Doc("exact names of groups without members", positional=True, metavar="GROUP...",
            completes=Candidates.GROUPS)
    ]  # fmt: skip


@capability(
    "group.delete",
    effect=Effect.EXECUTE,
    parts=_PARTS,
    changes=(DeleteGroup,),
    examples=(
        "steward group delete billing-old --dry-run",
        "steward group delete billing-old --confirm billing-old",
    ),
)
def delete_groups(params: GroupDeleteParams, context: Context) -> Answer[ChangeReport]:
    """Delete groups without members, with all their offsets.

    `steward plan undo` commits the offsets again. A group with members is refused, with how to stop them.
    """
    with context.connect(context.connection) as observer:
        scope = Scope(groups=frozenset(params.names))
        seen = observer.observe(frozenset({Part.GROUPS}), scope, context.progress)
        groups = {g.id: g for g in seen_or_fault(seen.groups)}
        for name in params.names:
            if name not in groups:
                raise missing_group(observer, context, name)
    busy = [groups[n] for n in dict.fromkeys(params.names) if has_members(groups[n])]
    wanted = PlanRequest(
        title=f"delete group {', '.join(params.names)}",
        source=source_of("group", "delete", *params.names),
        changes=tuple(
            DeleteGroup(group=n) for n in dict.fromkeys(params.names) if not has_members(groups[n])
        ),
        impossible=tuple(busy_group(group) for group in busy),
    )
    return planned_change(context, params, wanted)


def busy_group(group: Group) -> Impossible:
    """Report a group's members and how to stop them."""
    said, remedy = active_members(group)
    return Impossible(object=ObjectRef("group", group.id), reason=said, remedy=remedy)


CAPABILITIES: tuple[Capability, ...] = (delete_groups,)
