"""Rows of groups of all four types: members, positions and lag."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated

from steward.analysis.lag.positions import PartitionPosition, Positions, flags_of, total_lag
from steward.cluster.ports import Scope
from steward.commands.api.matching import chosen, comparison, selected_names
from steward.commands.api.observation import ObservationRequest
from steward.model.doc import Candidates, Doc
from steward.model.group import Group, GroupDetail, GroupType, Member
from steward.model.lag import Flag, LagSeconds
from steward.model.membership import idle_members, unsubscribed_topics
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Observed, Unknown, known_or, value_or

STATES = (
    "Stable", "Empty", "Dead", "PreparingRebalance", "CompletingRebalance", "Assigning",
    "Reconciling", "NotReady",
)  # fmt: skip
TYPES = tuple(t.value for t in GroupType if t is not GroupType.UNKNOWN)
NEEDED_PARTS = (Part.GROUPS, Part.GROUP_OFFSETS, Part.TOPICS, Part.OFFSETS)

_NO_ASSIGNOR = NotApplicable("none chosen while the group has no members")

_NOT_MEASURED = NotApplicable("not requested: add --seconds, or -o wide")
_NO_HIGH = NotApplicable("only a lower bound is known")

GroupCount = int | Unknown | NotApplicable
Seconds = float | Unknown | NotApplicable


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupListParams:
    """Which groups. A group whose lag is unknown is included by every comparison."""

    names: Annotated[tuple[str, ...], selected_names("[GROUP]...", Candidates.GROUPS)] = ()
    state: Annotated[tuple[str, ...], Doc("only groups in this state", choices=STATES)] = ()
    type: Annotated[tuple[str, ...], Doc("only groups of this type", choices=TYPES)] = ()
    lag: Annotated[
        str | None, Doc("only groups with this lag in records, such as '>0'", metavar="COMPARISON")
    ] = None
    seconds: Annotated[
        bool, Doc("include lag in seconds (reads the oldest unread record of each partition)")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """Summary of one group."""

    group: str
    type: Annotated[GroupType, Doc("classic, consumer, share or streams")]
    state: Annotated[str, Doc("as Kafka spells it")]
    members: int | Unknown
    coordinator: Annotated[int, Doc("broker id")]
    lag_records: Annotated[
        GroupCount, Doc("over all partitions with a position; unknown where any of them is")
    ]
    lag_seconds: Annotated[Seconds, Doc("age of the oldest unprocessed record, best estimate")]
    lag_low_seconds: Annotated[Seconds, Doc("proved lower bound of it", wide=True)]
    lag_high_seconds: Annotated[
        Seconds, Doc("proved upper bound of it; null where there is none", wide=True)
    ]
    flags: Annotated[
        tuple[Flag, ...],
        Doc("data_loss, no_commit, topic_gone, recreated, not_subscribed, idle_members"),
    ]
    topics: Annotated[tuple[str, ...], Doc("topics with a commit or an assignment")]
    protocol_type: Annotated[str, Doc("as the members report it", wide=True)]


def log_ends(seen: ClusterSnapshot) -> ObservationRequest | None:
    """Read end offsets after commits, and only for topics that groups read, so that lag is never negative."""
    return frozenset({Part.TOPICS, Part.OFFSETS}), Scope(topics=read_topics(seen))


def read_topics(seen: ClusterSnapshot) -> frozenset[str]:
    """Return the topics that groups have committed on or are assigned."""
    committed = (
        p
        for offsets in value_or(seen.group_offsets, {}).values()
        if not isinstance(offsets, Unknown)
        for p in offsets.committed
    )
    assigned = (p for group in value_or(seen.groups, ()) for p in assigned_partitions(group))
    return frozenset(p.topic for p in (*committed, *assigned))


def _of_members(group: Group, partitions: Iterable[PartitionPosition]) -> Iterable[Flag]:
    """Flag members without a partition, and topics that no member subscribes to."""
    if idle_members(group):
        yield Flag.IDLE_MEMBERS
    if unsubscribed_topics(group, {p.topic for p in partitions}):
        yield Flag.NOT_SUBSCRIBED


def assigned_partitions(group: Group) -> Iterable[TopicPartition]:
    """Yield the partitions that a group's members read."""
    if isinstance(group.detail, GroupDetail):
        for member in group.detail.members:
            yield from member.assignment


def group_rows(snapshot: ClusterSnapshot, params: GroupListParams) -> tuple[GroupRow, ...]:
    """Build the requested rows."""
    groups = value_or(snapshot.groups, ())
    shown = frozenset(g.id for g in groups)
    if params.names and isinstance(snapshot.groups, Observed):
        complete = not snapshot.groups.gaps
        shown = chosen(params.names, shown, "group", complete=complete)
    positions = Positions(snapshot)
    rows = (_row(g, positions) for g in groups if g.id in shown and _is_kind(g, params))
    return tuple(row for row in rows if _has_lag(row, params.lag))


def _is_kind(group: Group, params: GroupListParams) -> bool:
    return (not params.state or group.state in params.state) and (
        not params.type or group.type.value in params.type
    )


def _has_lag(row: GroupRow, wanted: str | None) -> bool:
    match row.lag_records:
        case int() if wanted is not None:
            return comparison(wanted)(row.lag_records)
        case NotApplicable():
            return wanted is None
        case _:
            return True


def _row(group: Group, positions: Positions) -> GroupRow:
    partitions = positions.of_group(group.id, assigned_partitions(group))
    known = known_or(partitions, ())
    detail = group.detail
    return GroupRow(
        group=group.id,
        type=group.type,
        state=group.state,
        members=detail if isinstance(detail, Unknown) else len(detail.members),
        coordinator=group.coordinator,
        lag_records=total_lag(partitions),
        lag_seconds=_NOT_MEASURED,
        lag_low_seconds=_NOT_MEASURED,
        lag_high_seconds=_NOT_MEASURED,
        flags=tuple(sorted({*flags_of(partitions), *_of_members(group, known)})),
        topics=tuple(
            sorted({p.topic for p in known} | {p.topic for p in assigned_partitions(group)})
        ),
        protocol_type=group.protocol_type,
    )


def with_seconds(row: GroupRow, lag: LagSeconds | Unknown) -> GroupRow:
    """Return a row with its lag in seconds."""
    if isinstance(lag, Unknown):
        none = NotApplicable(str(lag))
        return replace(row, lag_seconds=lag, lag_low_seconds=none, lag_high_seconds=none)
    high = _NO_HIGH if lag.high is None else lag.high
    return replace(row, lag_seconds=lag.value, lag_low_seconds=lag.low, lag_high_seconds=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOverview:
    """Summary of a group."""

    type: Annotated[GroupType, Doc("classic, consumer, share or streams")]
    state: Annotated[str, Doc("as Kafka spells it")]
    coordinator: Annotated[int, Doc("broker id")]
    protocol_type: Annotated[str, Doc("as the members report it")]
    assignor: Annotated[str | Unknown | NotApplicable, Doc("partition assignor")]
    epoch: Annotated[GroupCount, Doc("group epoch (KIP-848 and later protocols)")]
    assignment_epoch: Annotated[GroupCount, Doc("epoch of the target assignment")]
    lag_records: Annotated[GroupCount, Doc("over all partitions with a position")]
    flags: Annotated[
        tuple[Flag, ...],
        Doc("data_loss, no_commit, topic_gone, recreated, not_subscribed, idle_members"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """One member."""

    member: Annotated[str, Doc("member id", wide=True)]
    client_id: str
    host: str
    instance_id: Annotated[str | None, Doc("group.instance.id; null for a dynamic member")]
    rack: str | None
    epoch: Annotated[int | NotApplicable, Doc("member epoch (KIP-848 and later protocols)")]
    partitions: Annotated[int, Doc("number of partitions assigned")]
    lag_records: Annotated[GroupCount, Doc("over its partitions")]
    assignment: Annotated[tuple[TopicPartition, ...], Doc("partitions it reads now")]
    target: Annotated[
        tuple[TopicPartition, ...] | NotApplicable, Doc("target assignment", wide=True)
    ]
    subscription: Annotated[
        tuple[str, ...], Doc("subscribed topics, or the regular expression", wide=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPartitionRow(PartitionPosition):
    """A group's position in one partition, and the member that reads it."""

    client_id: Annotated[
        str | Unknown | None, Doc("the member that reads it; null where there is none")
    ]
    instance_id: Annotated[str | Unknown | None, Doc("the member's group.instance.id", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDescription:
    """A group."""

    group: str
    summary: GroupOverview
    members: tuple[MemberRow, ...] | Unknown
    partitions: tuple[GroupPartitionRow, ...] | Unknown


def descriptions(snapshot: ClusterSnapshot, names: frozenset[str]) -> tuple[GroupDescription, ...]:
    """Describe groups by name."""
    positions = Positions(snapshot)
    return tuple(
        _describe(group, positions) for group in value_or(snapshot.groups, ()) if group.id in names
    )


def _describe(group: Group, positions: Positions) -> GroupDescription:
    partitions = positions.of_group(group.id, assigned_partitions(group))
    detail = group.detail
    known = not isinstance(partitions, Unknown)
    lags = {TopicPartition(p.topic, p.partition): p for p in partitions} if known else {}
    members: tuple[MemberRow, ...] | Unknown
    if isinstance(detail, Unknown):
        members = readers = detail
    else:
        members = tuple(_member(member, lags) for member in detail.members)
        readers = _readers(detail)
    return GroupDescription(
        group=group.id,
        summary=_summary(group, partitions),
        members=members,
        partitions=tuple(_with_reader(p, readers) for p in partitions) if known else partitions,
    )


def _summary(group: Group, partitions: tuple[PartitionPosition, ...] | Unknown) -> GroupOverview:
    detail = group.detail
    known = not isinstance(detail, Unknown)
    return GroupOverview(
        type=group.type,
        state=group.state,
        coordinator=group.coordinator,
        protocol_type=group.protocol_type,
        assignor=(detail.assignor or _NO_ASSIGNOR) if known else detail,
        epoch=detail.epoch if known else detail,
        assignment_epoch=detail.assignment_epoch if known else detail,
        lag_records=total_lag(partitions),
        flags=tuple(
            sorted(
                {
                    *flags_of(partitions),
                    *_of_members(group, known_or(partitions, ())),
                }
            )
        ),
    )


def _member(member: Member, lags: Mapping[TopicPartition, PartitionPosition]) -> MemberRow:
    own = tuple(lags[p] for p in member.assignment if p in lags)
    complete = len(own) == len(member.assignment)
    regex = (member.subscribed_regex,) if member.subscribed_regex else ()
    return MemberRow(
        member=member.id,
        client_id=member.client_id,
        host=member.host,
        instance_id=member.instance_id,
        rack=member.rack or None,
        epoch=member.epoch,
        partitions=len(member.assignment),
        lag_records=total_lag(own)
        if complete
        else NotApplicable("the group's offsets are unknown"),
        assignment=member.assignment,
        target=member.target,
        subscription=(*member.subscribed_topics, *regex),
    )


def _readers(detail: GroupDetail) -> Mapping[TopicPartition, Member]:
    return {p: member for member in detail.members for p in member.assignment}


def _with_reader(
    lag: PartitionPosition, readers: Mapping[TopicPartition, Member] | Unknown
) -> GroupPartitionRow:
    position = {field.name: getattr(lag, field.name) for field in fields(PartitionPosition)}
    if isinstance(readers, Unknown):
        return GroupPartitionRow(**position, client_id=readers, instance_id=readers)
    reader = readers.get(TopicPartition(lag.topic, lag.partition))
    return GroupPartitionRow(
        **position,
        client_id=reader.client_id if reader else None,
        instance_id=reader.instance_id if reader else None,
    )
