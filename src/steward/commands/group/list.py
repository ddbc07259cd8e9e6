"""``steward group list``: list groups with their members and total lag."""

from dataclasses import dataclass

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.matching import comparison
from steward.commands.api.observation import observe_in_steps
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.group.rows import (
    NEEDED_PARTS,
    GroupListParams,
    GroupRow,
    group_rows,
    log_ends,
)
from steward.model.snapshot import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupList:
    """Groups by name."""

    groups: tuple[GroupRow, ...]


@capability(
    "group.list",
    is_list=True,
    parts=NEEDED_PARTS,
    examples=(
        "steward group list",
        "steward group list --lag '>0'",
        "steward group list --type share --state Empty -o json",
    ),
)
def list_groups(params: GroupListParams, context: Context) -> Answer[GroupList]:
    """List groups with their members and total lag."""
    if params.lag is not None:
        comparison(params.lag)  # usage errors are reported before the cluster is contacted
    snapshot = observe_in_steps(context, {Part.GROUPS, Part.GROUP_OFFSETS}, log_ends)
    return answer(GroupList(groups=group_rows(snapshot, params)), snapshot, context, NEEDED_PARTS)


CAPABILITIES: tuple[Capability, ...] = (list_groups,)
