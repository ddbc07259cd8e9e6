"""``steward group describe``: members with their assignment, and the lag of every partition."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from steward.cluster.ports import Scope
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.matching import chosen, is_plain, selected_names
from steward.commands.api.observation import ObservationRequest, observe_in_steps
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.group.rows import NEEDED_PARTS, GroupDescription, descriptions, log_ends
from steward.model.doc import Candidates
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Observed, value_or


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDescribeParams:
    """Which groups."""

    names: Annotated[tuple[str, ...], selected_names("GROUP...", Candidates.GROUPS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDescriptions:
    """The requested groups, by name."""

    groups: tuple[GroupDescription, ...]


@capability(
    "group.describe",
    parts=NEEDED_PARTS,
    examples=("steward group describe billing", "steward group describe billing -o csv"),
)
def describe_groups(params: GroupDescribeParams, context: Context) -> Answer[GroupDescriptions]:
    """Describe groups: members with their assignment, and the lag of every partition."""
    plain = all(is_plain(name) for name in params.names)
    scope = Scope(groups=frozenset(params.names)) if plain else Scope()
    snapshot = observe_in_steps(
        context, {Part.GROUPS}, partial(_all_if_missing, params, scope), partial(_commits, params),
        log_ends, scope=scope,
    )  # fmt: skip
    groups = descriptions(snapshot, _chosen(params, snapshot))
    return answer(GroupDescriptions(groups=groups), snapshot, context, NEEDED_PARTS)


def _all_if_missing(
    params: GroupDescribeParams, asked: Scope, seen: ClusterSnapshot
) -> ObservationRequest | None:
    """List all groups where one was not found, to suggest the nearest name."""
    found = {g.id for g in value_or(seen.groups, ())}
    missing = any(name not in found for name in params.names)
    return (frozenset({Part.GROUPS}), Scope()) if missing and asked.groups is not None else None


def _chosen(params: GroupDescribeParams, seen: ClusterSnapshot) -> frozenset[str]:
    if not isinstance(seen.groups, Observed):
        return frozenset()
    names = [g.id for g in seen.groups.value]
    return chosen(params.names, names, "group", complete=not seen.groups.gaps)


def _commits(params: GroupDescribeParams, seen: ClusterSnapshot) -> ObservationRequest | None:
    names = _chosen(params, seen)
    return (frozenset({Part.GROUP_OFFSETS}), Scope(groups=names)) if names else None


CAPABILITIES: tuple[Capability, ...] = (describe_groups,)
