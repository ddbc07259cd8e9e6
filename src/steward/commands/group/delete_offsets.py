"""``steward group delete-offsets``: delete a group's offsets: of topics it no longer reads, or of named topics."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.group_position import (
    GroupPosition,
    group_position,
    has_members,
    missing_group,
)
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.group.offsets import NEEDED_PARTS
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.model.change import DeleteGroupOffsets
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import ObjectNotFound
from steward.model.membership import topics_read
from steward.model.names import TopicPartition
from steward.model.partition_choice import PartitionChoice, choice_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDeleteOffsetsParams(ConsentParams):
    """Which offsets. Without --topics: those of topics that no member subscribes to anymore."""

    group: Annotated[str, Doc("the group", positional=True, completes=Candidates.GROUPS)]
    topics: Annotated[
        str | None,
        Doc(
            "these topics, or partitions of them, as in orders,payments:0,2",
            metavar="TOPICS",
            completes=Candidates.TOPICS,
        ),
    ] = None


@capability(
    "group.delete-offsets",
    effect=Effect.EXECUTE,
    parts=NEEDED_PARTS,
    changes=(DeleteGroupOffsets,),
    examples=(
        "steward group delete-offsets billing --dry-run",
        "steward group delete-offsets billing --topics returns",
    ),
)
def delete_offsets(params: GroupDeleteOffsetsParams, context: Context) -> Answer[ChangeReport]:
    """Delete a group's offsets: of topics it no longer reads, or of named topics.

    In a group with members, only offsets of topics that no member subscribes to can be deleted. Without --topics these
    are selected; for a group without members, the offsets of topics that no longer exist.
    """
    choice = None if params.topics is None else choice_of(params.topics)
    with context.connect(context.connection) as observer:
        standing = group_position(observer, context, params.group, ())
        if standing.group is None:
            raise missing_group(observer, context, params.group)
    partitions = _offsets_to_delete(standing, choice)
    words = ("--topics", params.topics) if params.topics else ()
    wanted = PlanRequest(
        title=f"delete offsets of group {params.group}",
        source=source_of("group", "delete-offsets", params.group, *words),
        changes=(DeleteGroupOffsets(group=params.group, partitions=partitions),)
        if partitions
        else (),
    )
    return planned_change(context, params, wanted)


def _offsets_to_delete(
    standing: GroupPosition, choice: PartitionChoice | None
) -> tuple[TopicPartition, ...]:
    """Return the selected commits.

    Errors: ObjectNotFound for a named topic without a commit.
    """
    if choice is None:
        named = {p.topic for p in standing.committed}
        read = topics_read(standing.group) if has_members(standing.group) else None
        dropped = named - ({p.topic for p in standing.existing} if read is None else read)
        return tuple(sorted(p for p in standing.committed if p.topic in dropped))
    for topic, numbers in sorted(choice.items()):
        for number in sorted(numbers) if numbers else (None,):
            if not any(
                p.topic == topic and number in (None, p.partition) for p in standing.committed
            ):
                name = topic if number is None else f"{topic}-{number}"
                group = standing.group.id if standing.group is not None else ""
                raise ObjectNotFound(
                    f"group {group} has no commit on {name}",
                    remedy=Hint("see its commits: ", steward("group describe", group)),
                    object_name=name,
                )
    return tuple(
        sorted(
            p
            for p in standing.committed
            if p.topic in choice and ((only := choice[p.topic]) is None or p.partition in only)
        )
    )


CAPABILITIES: tuple[Capability, ...] = (delete_offsets,)
