"""``steward group list``: list groups with their members and total lag."""

from dataclasses import dataclass

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.matching import comparison
from steward.commands.api.observation import observe_in_steps, observed_in_steps
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.group.lag_seconds import lag_seconds, timestamp_configs
from steward.commands.group.rows import (
    NEEDED_PARTS,
    GroupListParams,
    GroupRow,
    group_rows,
    log_ends,
    with_seconds,
)
from steward.model.snapshot import Part

_FIRST = (Part.GROUPS, Part.GROUP_OFFSETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupList:
    """Groups by name."""

    groups: tuple[GroupRow, ...]


@capability(
    "group.list",
    is_list=True,
    parts=(*NEEDED_PARTS, Part.TOPIC_CONFIGS, Part.SAMPLES),
    examples=(
        "steward group list",
        "steward group list --lag '>0'",
        "steward group list --seconds --sort lag-seconds:desc",
        "steward group list --type share --state Empty -o json",
    ),
)
def list_groups(params: GroupListParams, context: Context) -> Answer[GroupList]:
    """List groups with their members and total lag; -o wide measures lag in seconds, too."""
    if params.lag is not None:
        comparison(params.lag)  # usage errors are reported before the cluster is contacted
    if not (params.seconds or context.wide):
        snapshot = observe_in_steps(context, _FIRST, log_ends)
        data = GroupList(groups=group_rows(snapshot, params))
        return answer(data, snapshot, context, NEEDED_PARTS)
    with context.connect(context.connection) as observer:
        snapshot = observed_in_steps(observer, context, _FIRST, log_ends, timestamp_configs)
        rows = group_rows(snapshot, params)
        lags = lag_seconds(observer, snapshot, (row.group for row in rows), context)
    data = GroupList(groups=tuple(with_seconds(row, lags[row.group]) for row in rows))
    return answer(data, snapshot, context, (*NEEDED_PARTS, Part.TOPIC_CONFIGS))


CAPABILITIES: tuple[Capability, ...] = (list_groups,)
