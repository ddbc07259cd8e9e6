"""``steward backup restore``: write the records of a backup into a new topic."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.commands.api.backup_location import FROM, signature_check
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, Notice, capability
from steward.commands.backup.selection import chosen_run
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.model.batch import CODECS
from steward.model.change import CreateTopic, RestoreRecords
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import StewardError
from steward.model.snapshot import Part
from steward.model.wording import count, duration, size

if TYPE_CHECKING:
    from steward.backup.lineages import LineageStore
    from steward.backup.restore.preparation import Expired, TopicToCreate
    from steward.records.backup.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRestoreParams(ConsentParams):
    """Which backup, and where to."""

    topic: Annotated[
        str,
        Doc("exact name of the backed up topic", positional=True, completes=Candidates.TOPICS),
    ]
    as_: Annotated[str, Doc("name of the new topic; default: the same name", metavar="NAME")] = ""
    from_: Annotated[str, FROM] = ""
    topic_id: Annotated[
        str, Doc("an earlier life of the topic; default: the one with the newest run", metavar="ID")
    ] = ""
    run: Annotated[
        str, Doc("restore the topic as this run left it; default: the newest run", metavar="RUN")
    ] = ""
    codec: Annotated[
        str | None, Doc("compress all batches by this; default: as stored", choices=CODECS)
    ] = None
    replication_factor: Annotated[
        int | None, Doc("replicas per partition; default: as the topic had")
    ] = None
    public_key: Annotated[
        str,
        Doc("PEM file of the Ed25519 public key that manifests must be signed by", metavar="FILE"),
    ] = ""


@capability(
    "backup.restore",
    effect=Effect.EXECUTE,
    parts=(Part.TOPICS, Part.TOPIC_CONFIGS, Part.OFFSETS, Part.BROKERS, Part.BROKER_CONFIGS),
    changes=(CreateTopic, RestoreRecords),
    long=True,
    examples=(
        "steward backup restore orders --as orders-restored --dry-run",
        "steward backup restore orders --from s3://backups/prod --confirm orders",
    ),
)
def restore_backup(params: BackupRestoreParams, context: Context) -> Answer[ChangeReport]:
    """Write the committed records of a backup into a new topic, and prove that they are the same.

    The topic is created with the partitions and configuration of the backup, with retention and compaction held off:
    set them again once the restore is confirmed. Transaction markers and records of aborted transactions are left out.
    Batches are written as stored where brokers accept them, else encoded again; keys, values, headers and timestamps
    stay. The digest of every partition is compared with that of the backup. A run that was killed is continued by
    steward plan resume. Where each record is afterwards is stored with the backup, as restores/TOPIC-ID/PARTITION.json.
    """
    folder, tip = chosen_run(
        context, params.topic, location=params.from_, topic_id=params.topic_id, run=params.run
    )
    runs = list(folder.history(tip))[::-1]
    _check(folder, params, context)
    from steward.backup.restore.preparation import expired, topic_to_create

    wanted = topic_to_create(folder, tip.manifest)
    gone = expired(folder, runs, wanted.retention, context.now_ms())
    name = params.as_ or params.topic
    created = CreateTopic(
        name=name,
        partitions=wanted.partitions,
        replication_factor=params.replication_factor or wanted.replication_factor,
        configs=wanted.configs,
    )
    records = RestoreRecords(
        topic=name,
        location=folder.store.location,
        lineage=folder.lineage.folder,
        run=tip.manifest.run,
        manifest=tip.sha256,
        codec=params.codec or "",
    )
    request = PlanRequest(
        title=f"restore topic {params.topic} as {name}",
        source=_source(params),
        changes=(created, records),
        warnings=(
            _retention(name, wanted, gone, folder.lineage.topic, runs),
            *_missing(params.topic, runs),
        ),
        ordered=True,
    )
    return planned_change(context, params, request)


def _check(folder: "LineageStore", params: BackupRestoreParams, context: Context) -> None:
    """Check manifests, signatures, presence and size of all objects before anything is planned.

    Errors: StewardError, where the backup is damaged.
    """
    from steward.backup.verification.levels import Level
    from steward.backup.verification.verify import LineageVerifier

    signed = signature_check(context, params.public_key)
    found = LineageVerifier(folder, Level.V1, is_signed_by=signed, progress=context.progress).run()
    if found.problems:
        first = found.problems[0]
        raise StewardError(
            f"the backup of topic {params.topic} is damaged: {first.object}: expected {first.expected}, "
            f"found {first.found}",
            remedy=Hint(
                "see everything: ",
                steward("backup verify", params.topic, from_=folder.store.location),
            ),
            object_name=params.topic,
        )


def _retention(
    name: str,
    wanted: "TopicToCreate",
    gone: "Expired",
    topic: str,
    runs: "Sequence[Manifest]",
) -> Notice:
    whole = sum(p.counts.records for run in runs for p in run.partitions)
    limit = wanted.retention.get("retention.ms", "")
    kept = duration(int(limit) / 1000) if limit.isdigit() else "unlimited"
    text = (
        f"retention and compaction of topic {name} are held off; the retention of {topic} ({kept}) would delete "
        f"up to {count(gone.records, 'record')} of {whole:,} ({size(gone.bytes)}) at once"
    )
    return Notice(
        code="retention_held_off",
        message=text,
        object=name,
        remedy=Hint(
            "once the restored records are confirmed: ",
            steward(
                "topic alter",
                name,
                set=tuple(f"{k}={v}" for k, v in wanted.set_later.items()),
                unset=wanted.unset_later,
            ),
        ),
    )


def _missing(topic: str, runs: "Sequence[Manifest]") -> Iterator[Notice]:
    for kind in ("retention-before-reach", "unknown"):
        offsets = sum(p.gap_counts.get(kind, 0) for run in runs for p in run.partitions)
        if offsets:
            yield Notice(
                code="offsets_missing",
                message=f"topic {topic}: {count(offsets, 'offset')} are not in the backup ({kind})",
                object=topic,
            )
    for part in runs[-1].partitions:
        if part.open_transactions or part.incomplete:
            why = part.incomplete or "records of an open transaction, and later ones, are missing"
            yield Notice(
                code="backup_incomplete",
                message=f"partition {topic}-{part.partition} ends at offset {part.stored.next_offset}: {why}",
                object=topic,
            )


def _source(params: BackupRestoreParams) -> str:
    options = (
        ("--as", params.as_),
        ("--from", params.from_),
        ("--topic-id", params.topic_id),
        ("--run", params.run),
        ("--codec", params.codec or ""),
        ("--replication-factor", str(params.replication_factor or "")),
    )
    given = [word for name, value in options if value for word in (name, value)]
    return source_of("backup", "restore", params.topic, *given)


CAPABILITIES: tuple[Capability, ...] = (restore_backup,)
