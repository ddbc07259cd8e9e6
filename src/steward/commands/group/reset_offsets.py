"""``steward group reset-offsets``: set the offsets of a group without members."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from steward.change.planning.offset_reset import (
    NotMoved,
    OffsetMove,
    moves_to,
    partitions_to_move,
)
from steward.cluster.offsets_at_time import OffsetsByTime, offsets_by_time
from steward.cluster.ports import Observer, Scope
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.group_position import (
    GroupPosition,
    active_members,
    committed_or_fault,
    group_position,
    has_members,
    missing_group,
    seen_or_fault,
    timestamps_of,
)
from steward.commands.api.plan_report import PlanReport
from steward.commands.api.registry import Answer, Capability, Effect, Notice, capability
from steward.commands.api.time_order import order_warnings
from steward.commands.group.offsets import NEEDED_PARTS, OffsetReset, OffsetRow
from steward.commands.plan.change_command import plan_fields, source_of
from steward.commands.plan.create import PlanRequest, create_plan
from steward.commands.plan.execution import confirm_and_report
from steward.documents.fault import DOCUMENT
from steward.documents.files import STDIN, read_stdin, read_text
from steward.documents.text import text_of
from steward.model.change import AlterGroupOffsets
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import ObjectNotFound, UsageError
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.offset_target import AtTime, OffsetTarget, target_of
from steward.model.partition_choice import PartitionChoice, choice_of, offsets_of_file
from steward.model.plan import Impossible
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable
from steward.model.wording import few

_NO_COMMIT = NotApplicable("no committed offset")

ResetTarget = OffsetTarget | Mapping[TopicPartition, int]
"""The target: one position for all partitions, or an offset for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupResetOffsetsParams(ConsentParams):
    """Which group, and its new position: exactly one of --to, --to-group and --to-file."""

    group: Annotated[
        str, Doc("the group; it must have no members", positional=True, completes=Candidates.GROUPS)
    ]
    to: Annotated[
        str | None,
        Doc(
            "new position: start (earliest), end (latest), start+N, end-N, +N, -N (from the commit), N, or @TIME: "
            "@2026-11-24, @2026-11-24T08:00:00Z, @-2h, epoch s, ms or ns",
            metavar="WHERE",
        ),
    ] = None
    to_group: Annotated[
        str | None,
        Doc(
            "use the committed offsets of this group", metavar="GROUP", completes=Candidates.GROUPS
        ),
    ] = None
    to_file: Annotated[
        str | None,
        Doc("offsets from a file of topic,partition,offset lines; - is standard input", metavar="FILE"),
    ] = None  # fmt: skip
    topics: Annotated[
        str | None,
        Doc(
            "only these topics, or partitions of them, as in orders,payments:0,2",
            metavar="TOPICS",
            completes=Candidates.TOPICS,
        ),
    ] = None
    allow_new_topics: Annotated[
        bool, Doc("also set offsets on topics where the group has no commit")
    ] = False


@capability(
    "group.reset-offsets",
    effect=Effect.EXECUTE,
    parts=(*NEEDED_PARTS, Part.SAMPLES),
    changes=(AlterGroupOffsets,),
    long=True,
    examples=(
        "steward group reset-offsets billing --to @-2h --dry-run",
        "steward group reset-offsets billing --to end --topics orders,payments:0,2",
        "steward group reset-offsets billing --to-group billing-blue --yes",
    ),
)
def reset_offsets(params: GroupResetOffsetsParams, context: Context) -> Answer[OffsetReset]:
    """Set the offsets of a group without members: to a time, an offset, or another group's position.

    Shows each partition's offset and time before and after, and how many records are skipped or read again. Offsets
    outside the log are set to its nearest end. A partition without a record at or after the time keeps its offset;
    --to latest moves it to the end. Logs with timestamps out of order are reported. A group with members is refused,
    because their next commit would overwrite the change.
    """
    target = _target(params, context)
    choice = None if params.topics is None else choice_of(params.topics)
    with context.connect(context.connection) as observer:
        named = _topics_named(target, choice)
        position = group_position(observer, context, params.group, named)
        if position.group is None and not (params.allow_new_topics and named):
            raise missing_group(observer, context, params.group)
        if params.to_group is not None:
            target, position = _of_other_group(params.to_group, observer, context, position)
        partitions = _partitions(params, target, choice, position)
        by_time = OffsetsByTime()
        if isinstance(target, AtTime):
            now_ms = context.now_ms()
            by_time = offsets_by_time(
                observer, target.time_ms, partitions, position.offsets, now_ms
            )
        committed, logs = position.committed, position.offsets
        outcomes = moves_to(target, partitions, committed, logs, by_time.offsets)
        moves = tuple(m for m in outcomes if isinstance(m, OffsetMove))
        rows = tuple(_rows(moves, observer, context, position))

    def extended(report: PlanReport) -> OffsetReset:
        return OffsetReset(
            **plan_fields(report),
            group=params.group,
            offsets=rows,
            skipped_records=sum(m.skipped for m in moves),
            read_again_records=sum(m.again for m in moves),
        )

    wanted = _wanted(params, position, outcomes, by_time)
    made = create_plan(context, lambda _: wanted, dry_run=params.dry_run)
    return confirm_and_report(made, context, params, extended)


def _target(params: GroupResetOffsetsParams, context: Context) -> ResetTarget:
    """Parse the target before the cluster is contacted; for --to-group the offsets are read later."""
    given = [o for o in (params.to, params.to_group, params.to_file) if o is not None]
    if len(given) != 1:
        raise UsageError(
            "pass exactly one of --to, --to-group and --to-file",
            remedy=Hint(steward("group reset-offsets", params.group, to="@-1h", dry_run=True)),
        )
    if params.to_file is not None:
        return offsets_of_file(_lines(params.to_file, context), params.to_file, params.group)
    if params.to_group == params.group:
        raise UsageError(
            f"--to-group {params.group} is the group itself", remedy="name another group"
        )
    return {} if params.to is None else target_of(params.to, Instant(context.now_ms()))


def _lines(file: str, context: Context) -> list[str]:
    if file == "-":
        return text_of(read_stdin(), STDIN, DOCUMENT).splitlines()
    return read_text(context.directory / file, f"--to-file {file}").splitlines()


def _topics_named(target: ResetTarget, choice: PartitionChoice | None) -> frozenset[str]:
    by_file = {p.topic for p in target} if isinstance(target, Mapping) else set[str]()
    return frozenset(choice or by_file)


def _of_other_group(
    other: str, observer: Observer, context: Context, position: GroupPosition
) -> tuple[ResetTarget, GroupPosition]:
    """Return another group's committed offsets, and the log offsets of its topics."""
    parts = frozenset({Part.GROUPS, Part.GROUP_OFFSETS})
    seen = observer.observe(parts, Scope(groups=frozenset({other})), context.progress)
    if not any(g.id == other for g in seen_or_fault(seen.groups)):
        raise missing_group(observer, context, other)
    target = committed_or_fault(seen, other)
    if not target:
        raise UsageError(f"group {other} has no commits", remedy="name another group")
    group = position.group.id if position.group is not None else other
    return target, group_position(observer, context, group, {p.topic for p in target})


def _partitions(
    params: GroupResetOffsetsParams,
    target: ResetTarget,
    choice: PartitionChoice | None,
    position: GroupPosition,
) -> tuple[TopicPartition, ...]:
    """Return the selected partitions.

    Errors: ObjectNotFound for a topic that does not exist; UsageError for one without a commit, and where none is left.
    """
    known = {p.topic for p in position.existing}
    wanted = choice
    if choice is None and isinstance(target, Mapping):
        wanted = {
            t: frozenset(p.partition for p in target if p.topic == t)
            for t in {p.topic for p in target}
        }
    for topic in sorted(wanted or ()):
        if topic not in known:
            raise ObjectNotFound(
                f"topic {topic} does not exist",
                remedy=Hint("list them: ", steward("topic list")),
                object_name=topic,
            )
    committed = {p.topic for p in position.committed}
    new = sorted(t for t in wanted or () if t not in committed)
    if new and not params.allow_new_topics:
        raise UsageError(
            f"group {params.group} has no commit on {few(new, 3)}",
            remedy="add --allow-new-topics to set offsets there, or exclude it with --topics",
        )
    partitions = partitions_to_move(wanted, position.committed, position.existing)
    if choice is not None and isinstance(target, Mapping):
        partitions = tuple(p for p in partitions if p in target or choice.get(p.topic) is not None)
    if not partitions:
        raise UsageError(
            f"group {params.group} has no commit on an existing partition",
            remedy="name topics with --topics, and add --allow-new-topics",
        )
    return partitions


def _rows(
    moves: tuple[OffsetMove, ...], observer: Observer, context: Context, position: GroupPosition
) -> Iterator[OffsetRow]:
    old = {m.partition: _first_read(m) for m in moves}
    places = [(m.partition, o) for m in moves for o in (old[m.partition], m.new)]
    stamp = timestamps_of(observer, context, position, places)
    for move in moves:
        yield OffsetRow(
            topic=move.partition.topic,
            partition=move.partition.partition,
            current_offset=_NO_COMMIT if move.old is None else move.old,
            new_offset=move.new,
            skipped_records=move.skipped,
            read_again_records=move.again,
            current_time=stamp(move.partition, old[move.partition]),
            new_time=stamp(move.partition, move.new),
            start_offset=move.start,
            end_offset=move.end,
        )


def _first_read(move: OffsetMove) -> int | None:
    """Return the offset the group would read from now; after data loss, the start of the log."""
    return None if move.old is None else max(move.old, move.start)


def _wanted(
    params: GroupResetOffsetsParams,
    position: GroupPosition,
    outcomes: Iterable[OffsetMove | NotMoved],
    by_time: OffsetsByTime,
) -> PlanRequest:
    found = tuple(outcomes)
    target = ObjectRef("group", params.group)
    impossible = [
        Impossible(
            object=ObjectRef("partition", str(n.partition)), reason=n.reason, remedy=n.remedy
        )
        for n in found
        if isinstance(n, NotMoved)
    ]
    moves = [m for m in found if isinstance(m, OffsetMove)]
    offsets = {m.partition: m.new for m in moves if m.new != m.old}
    busy = position.group is not None and has_members(position.group)
    if busy and position.group is not None:
        said, remedy = active_members(position.group)
        impossible.insert(0, Impossible(object=target, reason=said, remedy=remedy))
    return PlanRequest(
        title=f"reset offsets of group {params.group}",
        source=_source(params),
        changes=(AlterGroupOffsets(group=params.group, offsets=offsets),)
        if offsets and not busy
        else (),
        impossible=tuple(impossible),
        warnings=(*_outside(moves), *_order(params, moves, by_time)),
    )


def _outside(moves: Iterable[OffsetMove]) -> Iterator[Notice]:
    for move in moves:
        if move.cut:
            yield Notice(code="outside_log", message=move.cut, object=str(move.partition))


def _order(
    params: GroupResetOffsetsParams, moves: Iterable[OffsetMove], by_time: OffsetsByTime
) -> Iterator[Notice]:
    """Warn about logs with timestamps out of order, where a time is not a safe position."""

    def safer(partition: TopicPartition) -> Hint:
        topics = f"{partition.topic}:{partition.partition}"
        command = steward(
            "group reset-offsets", params.group, to="start", topics=topics, dry_run=True
        )
        return Hint("use an earlier time or an offset, or read everything: ", command)

    return order_warnings(by_time, (m.partition for m in moves), safer)


def _source(params: GroupResetOffsetsParams) -> str:
    words = ["group", "reset-offsets", params.group]
    for name in ("to", "to_group", "to_file", "topics"):
        value = getattr(params, name)
        if value is not None:
            words += [f"--{name.replace('_', '-')}", value]
    return source_of(*words, "--allow-new-topics" if params.allow_new_topics else "")


CAPABILITIES: tuple[Capability, ...] = (reset_offsets,)
