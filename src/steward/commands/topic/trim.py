"""Delete a topic's records before a point: how many, since when, and which groups have not read them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from steward.change.planning.offset_reset import NotMoved, OffsetMove, moves_to
from steward.cluster.offsets_at_time import OffsetsByTime, offsets_by_time
from steward.cluster.ports import Observer, Scope
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.group_position import (
    GroupPosition,
    KnownInstant,
    seen_or_fault,
    timestamps_of,
)
from steward.commands.api.plan_report import PlanReport
from steward.commands.api.registry import Answer, Capability, Effect, Notice, capability
from steward.commands.api.time_order import order_warnings
from steward.commands.plan.change_command import plan_fields, source_of
from steward.commands.plan.create import PlanRequest, create_plan
from steward.commands.plan.execution import confirm_and_report
from steward.commands.plan.execution_report import ChangeReport
from steward.commands.topic.changes import topic_or_fault
from steward.model.change import DeleteRecords
from steward.model.command import SEE_RIGHTS, Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import ObjectNotFound, UsageError
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.offset_target import AtTime, Shift, target_of
from steward.model.plan import Impossible
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import Unknown
from steward.model.wording import count


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTrimParams(ConsentParams):
    """Which records to delete."""

    name: Annotated[str, Doc("name of the topic", positional=True, completes=Candidates.TOPICS)]
    before: Annotated[
        str,
        Doc(
            "where the log starts afterwards: end, end-N, start+N, N, or @TIME: @2026-11-24, @-7d, "
            "epoch s, ms or ns",
            metavar="WHERE",
        ),
    ]
    partitions: Annotated[tuple[int, ...], Doc("only these partitions", metavar="N")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimRow:
    """One partition's log, before and after."""

    partition: int
    start_offset: Annotated[int, Doc("first offset now")]
    new_start_offset: int
    deleted_records: Annotated[int, Doc("offsets deleted, at most")]
    end_offset: Annotated[int, Doc("high watermark")]
    start_time: Annotated[KnownInstant, Doc("timestamp of the first record")]
    new_start_time: Annotated[KnownInstant, Doc("timestamp of the first record that remains")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTrim(ChangeReport):
    """A plan that deletes records, and its effect on each partition."""

    topic: str
    deleted_records: Annotated[int, Doc("offsets deleted, at most")]
    partitions: tuple[TrimRow, ...]


_TRIM_PARTS = (
    Part.TOPICS,
    Part.TOPIC_CONFIGS,
    Part.OFFSETS,
    Part.GROUP_OFFSETS,
    Part.BROKERS,
    Part.LOG_DIRS,
)


@capability(
    "topic.trim",
    effect=Effect.EXECUTE,
    parts=(*_TRIM_PARTS, Part.SAMPLES),
    changes=(DeleteRecords,),
    long=True,
    examples=(
        "steward topic trim orders --before @-7d --dry-run",
        "steward topic trim orders --before end --partitions 0,2 --confirm orders",
    ),
)
def trim_topic(params: TopicTrimParams, context: Context) -> Answer[TopicTrim]:
    """Delete a topic's records before a time, an offset, or all of them.

    Shows how many records are deleted and which groups have not read them. Deleted records cannot be restored.
    """
    target = target_of(params.before, Instant(context.now_ms()))
    if isinstance(target, Shift):
        raise UsageError(
            f"{params.before!r} is relative to a group's commit; a log has none",
            remedy="use start+N or end-N",
        )
    with context.connect(context.connection) as observer:
        topic = topic_or_fault(observer, context, params.name)
        standing = _log_of(topic, observer, context)
        partitions = _partitions_of(topic, params.partitions)
        by_time, logs = OffsetsByTime(), standing.offsets
        if isinstance(target, AtTime):
            now_ms = context.now_ms()
            by_time = offsets_by_time(observer, target.time_ms, partitions, logs, now_ms)
        whole = _without_younger(by_time, standing)
        outcomes = moves_to(target, partitions, {}, logs, {**by_time.offsets, **whole})
        moves = tuple(m for m in outcomes if isinstance(m, OffsetMove) and m.new > m.start)
        places = [(m.partition, o) for m in moves for o in (m.start, m.new)]
        stamp = timestamps_of(observer, context, standing, places)
        rows = tuple(
            TrimRow(
                partition=m.partition.partition,
                start_offset=m.start,
                new_start_offset=m.new,
                deleted_records=m.new - m.start,
                end_offset=m.end,
                start_time=stamp(m.partition, m.start),
                new_start_time=stamp(m.partition, m.new),
            )
            for m in moves
        )

    def extended(report: PlanReport) -> TopicTrim:
        total = sum(row.deleted_records for row in rows)
        return TopicTrim(
            **plan_fields(report), topic=topic.name, deleted_records=total, partitions=rows
        )

    warnings = (*_all_deleted(moves, whole), *_order(moves, by_time))
    request = _trim(params, topic, standing, outcomes, moves, warnings)
    made = create_plan(context, lambda _: request, dry_run=params.dry_run)
    return confirm_and_report(made, context, params, extended)


def _log_of(topic: Topic, observer: Observer, context: Context) -> GroupPosition:
    """Read a topic's log offsets and the commits of all groups on it."""
    scope = Scope(topics=frozenset({topic.name}), config_synonyms=False)
    seen = observer.observe(frozenset(_TRIM_PARTS) | {Part.IDENTITY}, scope, context.progress)
    return GroupPosition(
        group=None, committed={}, offsets=seen_or_fault(seen.offsets), snapshot=seen
    )


def _partitions_of(topic: Topic, numbers: tuple[int, ...]) -> tuple[TopicPartition, ...]:
    """Return the selected partitions.

    Errors: ObjectNotFound.
    """
    known = tuple(p.key for p in topic.partitions)
    for number in numbers:
        if TopicPartition(topic.name, number) not in known:
            raise ObjectNotFound(
                f"partition {topic.name}-{number} does not exist",
                remedy=f"the topic has {len(known)}: 0 to {len(known) - 1}",
                object_name=f"{topic.name}-{number}",
            )
    return tuple(p for p in known if not numbers or p.partition in numbers)


def _trim(
    params: TopicTrimParams,
    topic: Topic,
    standing: GroupPosition,
    outcomes: Iterable[OffsetMove | NotMoved],
    moves: tuple[OffsetMove, ...],
    warnings: tuple[Notice, ...],
) -> PlanRequest:
    words = ["--partitions", ",".join(map(str, params.partitions))] if params.partitions else []
    before = {m.partition: m.new for m in moves}
    return PlanRequest(
        title=f"trim topic {topic.name}",
        source=source_of("topic", "trim", topic.name, "--before", params.before, *words),
        changes=(DeleteRecords(topic=topic.name, before=before),) if before else (),
        impossible=tuple(
            Impossible(
                object=ObjectRef("partition", str(n.partition)), reason=n.reason, remedy=n.remedy
            )
            for n in outcomes
            if isinstance(n, NotMoved)
        ),
        warnings=(*warnings, *_unread(moves, standing.snapshot)),
    )


def _without_younger(by_time: OffsetsByTime, standing: GroupPosition) -> dict[TopicPartition, int]:
    """Return the ends of the logs whose records are all older than the time."""
    ends = {p: log.end for p, log in standing.offsets.items() if isinstance(log, PartitionOffsets)}
    return {p: ends[p] for p, found in by_time.offsets.items() if found is None and p in ends}


def _all_deleted(
    moves: Iterable[OffsetMove], whole: Mapping[TopicPartition, int]
) -> Iterator[Notice]:
    for move in moves:
        if move.partition in whole:
            records = count(move.end - move.start, "record")
            yield Notice(
                code="nothing_stays",
                message=f"{move.partition}: no record is at or after this time: all {records} are deleted",
                object=str(move.partition),
                remedy="exclude it with --partitions to keep them",
            )


def _order(moves: Iterable[OffsetMove], by_time: OffsetsByTime) -> Iterator[Notice]:
    """Warn about logs whose timestamps are out of order, where a time does not separate old records from new ones."""
    places = {m.partition: m.new for m in moves}

    def safer(partition: TopicPartition) -> str:
        return f"use an offset instead: --before {places.get(partition, 'N')}"

    return order_warnings(by_time, places, safer)


def _unread(moves: tuple[OffsetMove, ...], seen: ClusterSnapshot) -> Iterator[Notice]:
    """Warn about groups that have not read the records to be deleted."""
    if isinstance(seen.group_offsets, Unknown):
        yield Notice(
            code="readers_unknown",
            message=f"unknown whether groups have read these records: {seen.group_offsets}",
            remedy=SEE_RIGHTS,
        )
        return
    for group, offsets in sorted(seen.group_offsets.value.items()):
        if isinstance(offsets, Unknown):
            continue
        at = offsets.committed
        count = sum(
            max(0, m.new - max(at[m.partition], m.start)) for m in moves if m.partition in at
        )
        if count:
            yield Notice(
                code="unread_records",
                message=f"group {group} has not read up to {count:,} of these records",
                object=group,
                remedy=Hint(
                    "let it catch up first, or check it: ", steward("group describe", group)
                ),
            )


CAPABILITIES: tuple[Capability, ...] = (trim_topic,)
