"""``steward backup list``: list the backups at a location."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.commands.api.backup_location import FROM, open_backups
from steward.commands.api.context import Context
from steward.commands.api.matching import selected_names
from steward.commands.api.open_store import configuration_warnings
from steward.commands.api.registry import Answer, Capability, Effect, Notice, capability
from steward.commands.backup.selection import chosen_lineages, given_cluster_id
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import StewardError
from steward.model.instant import Instant
from steward.model.unknown import Unknown, Why

if TYPE_CHECKING:
    from steward.backup.lineages import Lineage
    from steward.backup.stores.port import ObjectStore


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupListParams:
    """Which backups."""

    topics: Annotated[tuple[str, ...], selected_names("[TOPIC]...", Candidates.TOPICS)] = ()
    from_: Annotated[str, FROM] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRow:
    """One lineage: one life of one topic."""

    topic: str
    topic_id: str
    fork: Annotated[int, Doc("1; one more after each truncation of the topic's log", wide=True)]
    cluster_id: Annotated[str, Doc("the cluster it was taken from", wide=True)]
    runs: Annotated[int | Unknown, Doc("complete runs")]
    last_run: Annotated[str | Unknown, Doc("when the newest run ended")]
    partitions: Annotated[int | Unknown, Doc("number of partitions")]
    records: Annotated[int | Unknown, Doc("records stored by all runs")]
    bytes: Annotated[int | Unknown, Doc("bytes of record batches stored by all runs")]
    complete: Annotated[bool | Unknown, Doc("whether the newest run stored all it was to store")]
    manifest: Annotated[str | Unknown, Doc("SHA-256 of the newest manifest", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupList:
    """The backups at a location."""

    location: Annotated[str, Doc("directory or URL of the backups")]
    backups: tuple[BackupRow, ...]


@capability(
    "backup.list",
    effect=Effect.OBSERVE,
    needs_cluster=False,
    is_list=True,
    examples=("steward backup list", "steward backup list orders --from s3://backups/prod"),
)
def list_backups(params: BackupListParams, context: Context) -> Answer[BackupList]:
    """List the backups at a location, from their manifests.

    A topic that was deleted and created again has a backup for each life; a truncated log continues in a fork.
    """
    store = open_backups(context, params.from_)
    lineages = chosen_lineages(store, params.topics, given_cluster_id(context))
    rows = tuple(_row(store, lineage) for lineage in lineages)
    damaged = tuple(_damaged(row, store.location) for row in rows if isinstance(row.runs, Unknown))
    return Answer(
        data=BackupList(location=store.location, backups=rows),
        observed_at=Instant(context.now_ms()),
        warnings=(*configuration_warnings(context), *damaged),
    )


def _row(store: "ObjectStore", lineage: "Lineage") -> BackupRow:
    """Add up all runs; of a damaged chain, nothing is known."""
    from steward.backup.lineages import LineageStore

    folder = LineageStore(store, lineage)
    names = {
        "topic": lineage.topic,
        "topic_id": lineage.topic_id,
        "cluster_id": lineage.cluster_id,
    }
    try:
        tip = folder.tip()
        runs = list(folder.history(tip)) if tip else []
    except StewardError as fault:
        why = Unknown(Why.REFUSED, fault.summary)
        return BackupRow(
            **names, fork=lineage.fork, runs=why, last_run=why, partitions=why, records=why,
            bytes=why, complete=why, manifest=why,
        )  # fmt: skip
    parts = [p for run in runs for p in run.partitions]
    return BackupRow(
        **names,
        fork=lineage.fork,
        runs=len(runs),
        last_run=runs[0].ended_at if runs else "",
        partitions=len(runs[0].partitions) if runs else 0,
        records=sum(p.counts.records for p in parts),
        bytes=sum(p.counts.bytes for p in parts),
        complete=bool(runs) and not any(p.incomplete for p in runs[0].partitions),
        manifest=tip.sha256 if tip else "",
    )


def _damaged(row: BackupRow, location: str) -> Notice:
    return Notice(
        code="backup_damaged",
        message=f"the manifests of topic {row.topic} cannot be read: {row.runs}",
        object=row.topic,
        remedy=Hint("find out more: ", steward("backup verify", row.topic, from_=location)),
    )


CAPABILITIES: tuple[Capability, ...] = (list_backups,)
