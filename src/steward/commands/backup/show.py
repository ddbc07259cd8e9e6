"""``steward backup show``: one backup in full: its runs, and what is stored of each partition."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.commands.api.backup_location import FROM, open_backups
from steward.commands.api.context import Context
from steward.commands.api.open_store import configuration_warnings
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.backup.create import GapRow
from steward.commands.backup.selection import chosen_lineages, given_cluster_id
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import ObjectNotFound
from steward.model.instant import Instant

if TYPE_CHECKING:
    from steward.records.backup.manifest import Manifest, PartitionManifest


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupShowParams:
    """Which backup."""

    topic: Annotated[
        str, Doc("exact name of the topic", positional=True, completes=Candidates.TOPICS)
    ]
    from_: Annotated[str, FROM] = ""
    topic_id: Annotated[
        str, Doc("an earlier life of the topic; default: the one with the newest run", metavar="ID")
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run: a mark in time up to which the topic is stored."""

    run: str
    began_at: Annotated[str, Doc("when its end offsets were read")]
    ended_at: Annotated[str, Doc("when it was complete", wide=True)]
    records: Annotated[int, Doc("records that it added")]
    bytes: Annotated[int, Doc("bytes that it added")]
    complete: Annotated[bool, Doc("whether it stored all it was to store")]
    manifest: Annotated[str, Doc("SHA-256 of its manifest", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPartition:
    """What all runs stored of a partition."""

    partition: int
    start_offset: Annotated[int, Doc("first offset stored")]
    next_offset: Annotated[int, Doc("where the next run continues")]
    high_watermark: Annotated[int, Doc("end of the log when the newest run began")]
    objects: Annotated[int, Doc("stored objects", wide=True)]
    batches: Annotated[int, Doc("record batches", wide=True)]
    records: int
    control_records: Annotated[int, Doc("transaction markers among them", wide=True)]
    aborted_records: Annotated[int, Doc("records of aborted transactions among them")]
    bytes: int
    codecs: Annotated[dict[str, int], Doc("batches by compression")]
    incomplete: Annotated[str, Doc("why the newest run ended early; empty where it did not")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupShown:
    """One backup."""

    location: Annotated[str, Doc("directory or URL of the backups")]
    topic: str
    topic_id: str
    fork: Annotated[int, Doc("1; one more after each truncation of the topic's log")]
    cluster_id: str
    runs: Annotated[tuple[RunRow, ...], Doc("the newest first")]
    partitions: tuple[StoredPartition, ...]
    gaps: Annotated[
        tuple[GapRow, ...], Doc("missing offsets, the first 1,000 of each partition and run")
    ]


@capability(
    "backup.show",
    effect=Effect.OBSERVE,
    needs_cluster=False,
    examples=("steward backup show orders", "steward backup show orders --from s3://backups/prod"),
)
def show_backup(params: BackupShowParams, context: Context) -> Answer[BackupShown]:
    """Show one backup: its runs, what is stored of each partition, and which offsets are missing.

    It is read from the manifests; `steward backup verify` reads the objects.
    """
    from steward.backup.lineages import LineageStore

    store = open_backups(context, params.from_)
    lineages = chosen_lineages(store, (params.topic,), given_cluster_id(context))
    found = [
        (tip, folder)
        for one in lineages
        if params.topic_id in ("", one.topic_id)
        and (tip := (folder := LineageStore(store, one)).tip()) is not None
    ]
    if not found:
        raise ObjectNotFound(
            f"no backup of topic {params.topic} has topic id {params.topic_id}",
            remedy=Hint("list them: ", steward("backup list", from_=store.location)),
            object_name=params.topic_id,
        )
    tip, folder = max(found, key=lambda one: (one[0].manifest.began_at, one[0].manifest.fork))
    runs = list(folder.history(tip))
    digests = [tip.sha256, *(run.previous for run in runs)]
    return Answer(
        data=BackupShown(
            location=store.location,
            topic=folder.lineage.topic,
            topic_id=folder.lineage.topic_id,
            fork=folder.lineage.fork,
            cluster_id=folder.lineage.cluster_id,
            runs=tuple(_run(run, sha256) for run, sha256 in zip(runs, digests, strict=False)),
            partitions=tuple(_partition(p, runs) for p in tip.manifest.partitions),
            gaps=tuple(
                GapRow(partition=p.partition, first=g.first, last=g.last, kind=g.kind.value)
                for run in reversed(runs)
                for p in run.partitions
                for g in p.gaps
            ),
        ),
        observed_at=Instant(context.now_ms()),
        warnings=configuration_warnings(context),
    )


def _run(run: "Manifest", sha256: str) -> RunRow:
    return RunRow(
        run=run.run,
        began_at=run.began_at,
        ended_at=run.ended_at,
        records=sum(p.counts.records for p in run.partitions),
        bytes=sum(p.counts.bytes for p in run.partitions),
        complete=not any(p.incomplete for p in run.partitions),
        manifest=sha256,
    )


def _partition(last: "PartitionManifest", runs: "Sequence[Manifest]") -> StoredPartition:
    parts = [p for run in runs for p in run.partitions if p.partition == last.partition]
    codecs: dict[str, int] = {}
    for part in parts:
        for codec, batches in part.codecs.items():
            codecs[codec] = codecs.get(codec, 0) + batches
    return StoredPartition(
        partition=last.partition,
        start_offset=last.stored.base,
        next_offset=last.stored.next_offset,
        high_watermark=last.high_watermark,
        objects=sum(len(p.objects) for p in parts),
        batches=sum(p.counts.batches for p in parts),
        records=sum(p.counts.records for p in parts),
        control_records=sum(p.counts.control for p in parts),
        aborted_records=sum(p.counts.aborted for p in parts),
        bytes=sum(p.counts.bytes for p in parts),
        codecs=dict(sorted(codecs.items())),
        incomplete=last.incomplete,
    )


CAPABILITIES: tuple[Capability, ...] = (show_backup,)
