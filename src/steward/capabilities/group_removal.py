"""Groups deleted, and members made to leave."""

from dataclasses import dataclass
from typing import Annotated

from steward.capabilities.answering import value_of
from steward.capabilities.changing import planned_change, source_of
from steward.capabilities.consent import ConsentParams
from steward.capabilities.context import Context
from steward.capabilities.execution_report import ChangeReport
from steward.capabilities.group_position import (
    has_members,
    missing_group,
    seen_or_fault,
    who_reads,
)
from steward.capabilities.planned import Wanted
from steward.capabilities.registry import Answer, Capability, Effect, capability
from steward.cluster.ports import Scope
from steward.model.change import DeleteGroup, RemoveMembers
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import ObjectNotFound
from steward.model.finding import ObjectRef
from steward.model.group import Group, Member
from steward.model.plan import Impossible
from steward.model.snapshot import Part
from steward.model.unknown import Unknown

_PARTS = (Part.GROUPS, Part.GROUP_OFFSETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDeleteParams(ConsentParams):
    """Which groups."""

    names: Annotated[
        tuple[str, ...], Doc("exact names; they have no members", positional=True, metavar="GROUP...")
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

    `steward plan undo` commits the offsets again. A group with members is refused, and told how to stop it.
    """
    with context.connect(context.connection) as observer:
        scope = Scope(groups=frozenset(params.names))
        seen = observer.observe(frozenset({Part.GROUPS}), scope, context.progress)
        groups = {g.id: g for g in seen_or_fault(seen.groups)}
        for name in params.names:
            if name not in groups:
                raise missing_group(observer, context, name)
    busy = [groups[n] for n in dict.fromkeys(params.names) if has_members(groups[n])]
    wanted = Wanted(
        title=f"delete group {', '.join(params.names)}",
        source=source_of("group", "delete", *params.names),
        changes=tuple(
            DeleteGroup(group=n) for n in dict.fromkeys(params.names) if not has_members(groups[n])
        ),
        impossible=tuple(busy_group(group) for group in busy),
    )
    return planned_change(context, params, wanted)


def busy_group(group: Group) -> Impossible:
    """Say that members read, who they are and how to stop them."""
    said, remedy = who_reads(group)
    return Impossible(object=ObjectRef("group", group.id), reason=said, remedy=remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRemoveMemberParams(ConsentParams):
    """Which members of which group."""

    group: Annotated[str, Doc("the group", positional=True)]
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
    """Make members of a classic group leave, so that others get their partitions.

    For a static member whose process is dead and whose session is long, or one that is stuck. A process that still runs
    joins again.
    """
    with context.connect(context.connection) as observer:
        scope = Scope(groups=frozenset({params.group}))
        seen = observer.observe(frozenset({Part.GROUPS}), scope, context.progress)
        group = next((g for g in value_of(seen.groups, ()) if g.id == params.group), None)
        if group is None:
            seen_or_fault(seen.groups)
            raise missing_group(observer, context, params.group)
    members = [_member(name, group) for name in params.members]
    wanted = Wanted(
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
                "see its members, with their ids, by: ",
                steward("group describe", group.id, output="wide"),
            ),
            object_name=name,
        )
    return found


CAPABILITIES: tuple[Capability, ...] = (delete_groups, remove_member)
