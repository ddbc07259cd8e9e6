"""``steward backup create``: copy the record batches of topics, as stored, into a backup."""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from steward.cluster.ports import Scope
from steward.commands.api.answers import answer
from steward.commands.api.backup_location import open_backups, signer
from steward.commands.api.context import Context
from steward.commands.api.matching import chosen, selected_names
from steward.commands.api.rates import positive_rate
from steward.commands.api.registry import Answer, Capability, Effect, Notice, Outcome, capability
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import StewardError
from steward.model.progress import ProgressStep
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import Topic
from steward.model.unknown import Unknown

if TYPE_CHECKING:
    from steward.backup.capture.topic_run import CapturedTopic, TopicRun

_PARTS = (
    Part.TOPICS,
    Part.TOPIC_CONFIGS,
    Part.OFFSETS,
    Part.GROUP_OFFSETS,
    Part.ACLS,
    Part.QUOTAS,
    Part.PRODUCERS,
    Part.BROKERS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCreateParams:
    """Which topics, and where to."""

    topics: Annotated[tuple[str, ...], selected_names("TOPIC...", Candidates.TOPICS)]
    to: Annotated[
        str, Doc("where to: a directory or URL; default: [backup] location", metavar="URL")
    ] = ""
    rate: Annotated[
        str, Doc("bytes per second read from the cluster at most, such as 50MB/s", metavar="RATE")
    ] = ""
    rack: Annotated[str, Doc("read from followers in this rack (KIP-392)", metavar="RACK")] = ""
    digest: Annotated[
        bool,
        Doc(
            "decode every record and keep digests and schema ids of them; slower, and compared by verify --level V4"
        ),
    ] = False
    signing_key: Annotated[
        str,
        Doc("PEM file of an Ed25519 private key that signs the manifests", metavar="FILE"),
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """Offsets that are not stored."""

    partition: int
    first: Annotated[int, Doc("first missing offset")]
    last: Annotated[int, Doc("last missing offset")]
    kind: Annotated[str, Doc("why they are missing: class of the gap")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTransactionRow:
    """A transaction that was open when the run began."""

    partition: int
    producer_id: int
    first_offset: Annotated[int, Doc("records from here on are not stored yet")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUpTopic:
    """What the run stored of one topic."""

    name: str
    topic_id: str
    fork: Annotated[int, Doc("1; one more after each truncation of the topic's log", wide=True)]
    partitions: Annotated[int, Doc("number of partitions")]
    records: Annotated[int, Doc("records that this run added")]
    bytes: Annotated[int, Doc("bytes that this run added")]
    gaps: Annotated[tuple[GapRow, ...], Doc("missing offsets, the first 1,000 of each partition")]
    missing_offsets: Annotated[dict[str, int], Doc("missing offsets by class", wide=True)]
    open_transactions: tuple[OpenTransactionRow, ...]
    manifest: Annotated[str, Doc("SHA-256 of the run's manifest", wide=True)]
    problem: Annotated[str, Doc("why it is not complete; empty where it is")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCreated:
    """A run: where it is, and what it stored."""

    location: Annotated[str, Doc("directory or URL of the backup")]
    run: Annotated[str, Doc("name of the run")]
    manifest: Annotated[
        str,
        Doc("SHA-256 of the manifest; of several topics: SHA-256 of their lines TOPIC MANIFEST"),
    ]
    topics: tuple[BackedUpTopic, ...]


@capability(
    "backup.create",
    effect=Effect.LOCAL,
    parts=_PARTS,
    long=True,
    examples=(
        "steward backup create orders",
        "steward backup create 'orders.*' --to s3://backups/prod --rate 50MB/s",
    ),
)
def create_backup(params: BackupCreateParams, context: Context) -> Answer[BackupCreated]:
    """Copy the record batches of topics, as brokers store them, into a backup.

    The first run copies everything up to the last stable offset; each later run adds what came since. A run that was
    killed is continued by the next one. Configuration, ACLs, quotas and committed offsets are stored beside the
    records. Reads with the client id steward-backup, so that a quota can limit it. Missing offsets are listed with
    the reason. Exit code 5: a topic is not complete.
    """
    rate = positive_rate("--rate", params.rate) if params.rate else None
    store = open_backups(context, params.to)
    sign = signer(context, params.signing_key)
    from steward.backup.capture.topic_run import TopicRun
    from steward.cluster.log_reader import connect_log_reader

    with context.connect(context.connection) as observer:
        names = _names(params, observer.observe(frozenset({Part.TOPICS})))
        scope = Scope(topics=names)
        seen = observer.observe(frozenset(_PARTS) | {Part.IDENTITY}, scope, context.progress)
        topics = () if isinstance(seen.topics, Unknown) else seen.topics.value
        with connect_log_reader(context.connection, params.rack) as reader:
            run = TopicRun(
                store=store,
                reader=reader,
                observer=observer,
                run=_run_name(context),
                now_ms=context.now_ms,
                bytes_per_second=rate,
                digest=params.digest,
                sign=sign,
                progress=context.progress,
                sleep=context.sleep,
            )
            done, errors = _capture(run, topics, seen, context)
    rows = tuple(_row(one) for one in done)
    created = BackupCreated(
        location=store.location, run=run.run, manifest=_identity(rows), topics=rows
    )
    problems = tuple(_incomplete(row) for row in rows if row.problem)
    return answer(
        created,
        seen,
        context,
        _PARTS,
        outcome=_outcome(rows, errors, problems),
        warnings=tuple(_warnings(rows)),
        errors=(*errors, *problems),
    )


def _names(params: BackupCreateParams, seen: ClusterSnapshot) -> frozenset[str]:
    """Return the chosen topics; patterns leave out Kafka's own.

    Errors: UsageError, ObjectNotFound; those of a cluster whose topics cannot be listed.
    """
    if isinstance(seen.topics, Unknown):
        raise StewardError(f"topics cannot be listed: {seen.topics}")
    topics = seen.topics.value
    return chosen(
        params.topics,
        (t.name for t in topics),
        "topic",
        hidden=frozenset(t.name for t in topics if t.is_internal),
        complete=not seen.topics.gaps,
    )


def _run_name(context: Context) -> str:
    began = datetime.fromtimestamp(context.now_ms() / 1000, tz=UTC)
    return f"{began:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def _capture(
    run: "TopicRun", topics: tuple[Topic, ...], seen: ClusterSnapshot, context: Context
) -> "tuple[list[CapturedTopic], tuple[Notice, ...]]":
    """Capture one topic after another; a topic that fails does not stop the others."""
    done: list[CapturedTopic] = []
    errors: list[Notice] = []
    for number, topic in enumerate(topics, start=1):
        context.progress(ProgressStep("topic", number=number, total=len(topics)))
        try:
            done.append(run.capture(topic, seen))
        except StewardError as fault:
            errors.append(
                Notice(
                    code=fault.code,
                    message=f"topic {topic.name} was not backed up: {fault.summary}",
                    object=topic.name,
                    remedy=fault.remedy,
                )
            )
    return done, tuple(errors)


def _row(captured: "CapturedTopic") -> BackedUpTopic:
    manifest = captured.manifest
    missing: dict[str, int] = {}
    for part in manifest.partitions:
        for kind, offsets in part.gap_counts.items():
            missing[kind] = missing.get(kind, 0) + offsets
    return BackedUpTopic(
        name=manifest.topic,
        topic_id=manifest.topic_id,
        fork=manifest.fork,
        partitions=len(manifest.partitions),
        records=sum(p.counts.records for p in manifest.partitions),
        bytes=sum(p.counts.bytes for p in manifest.partitions),
        gaps=tuple(
            GapRow(partition=p.partition, first=g.first, last=g.last, kind=g.kind.value)
            for p in manifest.partitions
            for g in p.gaps
        ),
        missing_offsets=missing,
        open_transactions=tuple(
            OpenTransactionRow(
                partition=p.partition, producer_id=t.producer_id, first_offset=t.first_offset
            )
            for p in manifest.partitions
            for t in p.open_transactions
        ),
        manifest=captured.sha256,
        problem=captured.problem,
    )


def _identity(rows: tuple[BackedUpTopic, ...]) -> str:
    if len(rows) == 1:
        return rows[0].manifest
    lines = "".join(f"{row.name} {row.manifest}\n" for row in rows)
    return hashlib.sha256(lines.encode()).hexdigest() if rows else ""


def _incomplete(row: BackedUpTopic) -> Notice:
    return Notice(
        code="backup_incomplete",
        message=f"topic {row.name} is not complete: {row.problem}",
        object=row.name,
        remedy=Hint(
            "run it again; it continues where it stopped: ", steward("backup create", row.name)
        ),
    )


def _warnings(rows: tuple[BackedUpTopic, ...]) -> Iterator[Notice]:
    for row in rows:
        for kind in ("retention-before-reach", "unknown"):
            if row.missing_offsets.get(kind):
                yield Notice(
                    code="offsets_missing",
                    message=f"topic {row.name}: {row.missing_offsets[kind]:,} offsets are missing ({kind})",
                    object=row.name,
                )
        if row.open_transactions:
            first = row.open_transactions[0]
            yield Notice(
                code="open_transaction",
                message=f"partition {row.name}-{first.partition}: records from offset {first.first_offset} on wait for "
                f"the open transaction of producer {first.producer_id}",
                object=row.name,
                remedy="run it again once the transaction has ended",
            )


def _outcome(
    rows: tuple[BackedUpTopic, ...], errors: tuple[Notice, ...], problems: tuple[Notice, ...]
) -> Outcome:
    if not errors and not problems:
        return Outcome.DONE
    return Outcome.PARTLY if rows else Outcome.FAILED


CAPABILITIES: tuple[Capability, ...] = (create_backup,)
