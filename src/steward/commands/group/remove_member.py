"""``steward group remove-member``: remove members of a classic group, so that others get their partitions."""

from dataclasses import dataclass
from typing import Annotated

from steward.cluster.ports import Scope
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.group_position import (
    missing_group,
    seen_or_fault,
)
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.model.change import RemoveMembers
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import ObjectNotFound
from steward.model.group import Group, Member
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, value_or


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRemoveMemberParams(ConsentParams):
    """Which members of which group."""

    group: Annotated[str, Doc("the group", positional=True, completes=Candidates.GROUPS)]
    members: Annotated[
        tuple[str, ...],
        Doc("group.instance.ids or member ids", positional=True, metavar="MEMBER..."),
    ]


@capability(
    "group.remove-member",
    effect=Effect.EXECUTE,
    parts=(Part.GROUPS,),
    changes=(RemoveMembers,),
    examples=(
        "steward group remove-member billing billing-3",
        "steward group remove-member billing billing-3 --yes",
    ),
)
def remove_member(params: GroupRemoveMemberParams, context: Context) -> Answer[ChangeReport]:
    """Remove members of a classic group, so that others get their partitions.

    For a static member whose process is dead but whose session timeout is long, or a member that is stuck. A process
    that is still running rejoins.
    """
    with context.connect(context.connection) as observer:
        scope = Scope(groups=frozenset({params.group}))
        seen = observer.observe(frozenset({Part.GROUPS}), scope, context.progress)
        group = next((g for g in value_or(seen.groups, ()) if g.id == params.group), None)
        if group is None:
            seen_or_fault(seen.groups)
            raise missing_group(observer, context, params.group)
    members = [_member(name, group) for name in params.members]
    wanted = PlanRequest(
        title=f"remove members of group {params.group}",
        source=source_of("group", "remove-member", params.group, *params.members),
        changes=(
            RemoveMembers(
                group=params.group, members={m.id: m.instance_id or "" for m in sorted(members, key=_id)}
            ),
        ),
    )  # fmt: skip
    return planned_change(context, params, wanted)


def _id(member: Member) -> str:
    return member.id


def _member(name: str, group: Group) -> Member:
    """Find a member by either of its ids.

    Errors: ObjectNotFound.
    """
    members = () if isinstance(group.detail, Unknown) else group.detail.members
    found = next((m for m in members if name in (m.instance_id, m.id)), None)
    if found is None:
        raise ObjectNotFound(
            f"group {group.id} has no member {name}",
            remedy=Hint(
                "see its members and their ids: ",
                steward("group describe", group.id, output="wide"),
            ),
            object_name=name,
        )
    return found


CAPABILITIES: tuple[Capability, ...] = (remove_member,)
