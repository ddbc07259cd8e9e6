"""``steward backup translate-offsets``: commit the offsets of a backup's groups on a topic restored from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.cluster.ports import Scope
from steward.commands.api.backup_location import FROM
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.plan_report import PlanReport
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.backup.selection import chosen_run
from steward.commands.plan.change_command import plan_fields, source_of
from steward.commands.plan.create import PlanRequest, create_plan
from steward.commands.plan.execution import confirm_and_report
from steward.commands.plan.execution_report import ChangeReport
from steward.model.change import AlterGroupOffsets
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import ObjectNotFound
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why, value_or

if TYPE_CHECKING:
    from steward.backup.lineages import LineageStore
    from steward.backup.restore.preparation import CommittedThen
    from steward.records.restore.offset_map import OffsetMap


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslateOffsetsParams(ConsentParams):
    """Which backup, which restored topic, which groups."""

    topic: Annotated[
        str,
        Doc("exact name of the backed up topic", positional=True, completes=Candidates.TOPICS),
    ]
    as_: Annotated[
        str, Doc("name of the restored topic; default: the same name", metavar="NAME")
    ] = ""
    groups: Annotated[
        tuple[str, ...],
        Doc(
            "only these groups; default: all that had offsets on the topic",
            metavar="GROUP",
            completes=Candidates.GROUPS,
        ),
    ] = ()
    from_: Annotated[str, FROM] = ""
    topic_id: Annotated[
        str, Doc("an earlier life of the topic; default: the one with the newest run", metavar="ID")
    ] = ""
    run: Annotated[str, Doc("offsets as of this run; default: the newest run", metavar="RUN")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatedOffset:
    """One group's offset on one partition."""

    group: str
    partition: int
    offset_then: Annotated[int, Doc("committed when the run began")]
    lag_then: Annotated[int | Unknown, Doc("offsets from there to the end of the log then")]
    new_offset: Annotated[int, Doc("offset of the same record in the restored topic")]
    new_lag: Annotated[int, Doc("restored records from there on")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetsTranslated(ChangeReport):
    """A plan that commits offsets, and what becomes of each."""

    offsets: tuple[TranslatedOffset, ...]


@capability(
    "backup.translate-offsets",
    effect=Effect.EXECUTE,
    parts=(Part.TOPICS, Part.GROUPS, Part.GROUP_OFFSETS, Part.OFFSETS),
    changes=(AlterGroupOffsets,),
    long=True,
    examples=(
        "steward backup translate-offsets orders --as orders-restored --dry-run",
        "steward backup translate-offsets orders --groups billing --groups shipping",
    ),
)
def translate_offsets(
    params: TranslateOffsetsParams, context: Context
) -> Answer[OffsetsTranslated]:
    """Commit the offsets that groups had in a backup on the topic restored from it, at the same records.

    A commit on a gap, a transaction marker or an aborted record becomes that of the next record; none is read twice or
    left out. Only groups without members can be changed. What they have committed on the restored topic now is in the
    plan, so that it can be undone.
    """
    folder, tip = chosen_run(
        context, params.topic, location=params.from_, topic_id=params.topic_id, run=params.run
    )
    from steward.backup.restore.preparation import group_offsets_then

    name = params.as_ or params.topic
    maps = _maps(folder, name, [p.partition for p in tip.manifest.partitions], context)
    committed = group_offsets_then(folder, tip.manifest)
    _require(params, committed)
    rows = tuple(
        row
        for group, commits in committed.items()
        if not params.groups or group in params.groups
        for row in _translated(group, commits, maps)
    )
    changes = tuple(
        AlterGroupOffsets(
            group=group,
            offsets={
                TopicPartition(name, r.partition): r.new_offset for r in rows if r.group == group
            },
        )
        for group in dict.fromkeys(row.group for row in rows)
    )
    request = PlanRequest(
        title=f"translate offsets of topic {params.topic} to {name}",
        source=source_of(
            "backup", "translate-offsets", params.topic,
            *(("--as", params.as_) if params.as_ else ()),
            *(("--groups", ",".join(params.groups)) if params.groups else ()),
        ),
        changes=changes,
    )  # fmt: skip
    made = create_plan(context, lambda _: request, dry_run=params.dry_run)

    def extended(report: PlanReport) -> OffsetsTranslated:
        return OffsetsTranslated(**plan_fields(report), offsets=rows)

    return confirm_and_report(made, context, params, extended)


def _maps(
    folder: "LineageStore", name: str, partitions: list[int], context: Context
) -> "Mapping[int, OffsetMap]":
    """Read the maps that the restore of a topic stored.

    Errors: ObjectNotFound, where the topic does not exist, or was not restored from this backup.
    """
    from steward.backup.stores.port import ObjectMissing
    from steward.records.backup.layout import offset_map_key
    from steward.records.restore.offset_map import read_offset_map

    seen = context.observe(frozenset({Part.TOPICS}), Scope(topics=frozenset({name})))
    topic = next((t for t in value_or(seen.topics, ()) if t.name == name), None)
    if topic is None:
        raise ObjectNotFound(f"topic {name} does not exist", object_name=name)
    found: dict[int, OffsetMap] = {}
    for partition in partitions:
        key = folder.key(offset_map_key(topic.id, partition))
        try:
            content = folder.store.get(key).content
        except ObjectMissing:
            raise ObjectNotFound(
                f"topic {name} was not restored from this backup: {key} does not exist",
                remedy=Hint(
                    "restore it first: ",
                    steward(
                        "backup restore",
                        folder.lineage.topic,
                        as_=name if name != folder.lineage.topic else None,
                        from_=folder.store.location,
                    ),
                ),
                object_name=name,
            ) from None
        found[partition] = read_offset_map(content, key)
    return found


def _require(params: TranslateOffsetsParams, committed: Mapping[str, object]) -> None:
    for group in params.groups:
        if group not in committed:
            raise ObjectNotFound(
                f"group {group} had no offsets on topic {params.topic} in this backup",
                object_name=group,
            )


def _translated(
    group: str, commits: "Mapping[int, CommittedThen]", maps: "Mapping[int, OffsetMap]"
) -> Iterator[TranslatedOffset]:
    unknown = Unknown(Why.NOT_REQUESTED, "the run could not read the end of the log")
    for partition, commit in commits.items():
        if partition in maps:
            new = maps[partition].translate(commit.offset)
            yield TranslatedOffset(
                group=group,
                partition=partition,
                offset_then=commit.offset,
                lag_then=unknown if commit.lag is None else commit.lag,
                new_offset=new,
                new_lag=maps[partition].target_end - new,
            )


CAPABILITIES: tuple[Capability, ...] = (translate_offsets,)
