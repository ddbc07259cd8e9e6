"""``steward backup verify``: check whether backups are what their manifests say."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from steward.backup.verification.levels import Level
from steward.commands.api.backup_location import FROM, open_backups, signature_check
from steward.commands.api.context import Context
from steward.commands.api.matching import selected_names
from steward.commands.api.open_store import configuration_warnings
from steward.commands.api.registry import Answer, Capability, Effect, Notice, Outcome, capability
from steward.commands.backup.selection import chosen_lineages, given_cluster_id
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import ObjectNotFound
from steward.model.instant import Instant
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why
from steward.records.backup.problems import Problem

if TYPE_CHECKING:
    from steward.backup.lineages import Lineage
    from steward.backup.stores.port import ObjectStore
    from steward.backup.verification.live import LiveComparison
    from steward.backup.verification.verify import Verification

LEVELS = tuple(level.name for level in Level)


class Verdict(StrEnum):
    """The result of a verification."""

    VERIFIED = "verified"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupVerifyParams:
    """Which backups, and how deep."""

    topics: Annotated[tuple[str, ...], selected_names("[TOPIC]...", Candidates.TOPICS)] = ()
    from_: Annotated[str, FROM] = ""
    level: Annotated[
        str,
        Doc(
            "V0 manifests; V1 presence and size; V2 SHA-256, read back; V3 batches: checksums, offsets, counts; "
            "V4 records, decoded; V5 batches of the cluster",
            choices=LEVELS,
        ),
    ] = "V3"
    public_key: Annotated[
        str,
        Doc(
            "PEM file of the Ed25519 public key that every manifest must be signed by",
            metavar="FILE",
        ),
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedBackup:
    """The verification of one lineage: one life of one topic."""

    topic: str
    topic_id: str
    fork: Annotated[int, Doc("1; one more after each truncation of the topic's log", wide=True)]
    cluster_id: Annotated[str, Doc("the cluster it was taken from", wide=True)]
    verdict: Verdict
    runs: Annotated[int, Doc("complete runs")]
    objects: Annotated[int, Doc("objects of batches that were read")]
    records: Annotated[int, Doc("records in them")]
    bytes: Annotated[int, Doc("bytes that were read")]
    manifest: Annotated[str, Doc("SHA-256 of the newest manifest", wide=True)]
    digest: Annotated[
        str | None,
        Doc(
            "L2 digest of all committed records: the same in any order and partition; null below V4",
            wide=True,
        ),
    ]
    live_batches: Annotated[
        int | Unknown | None,
        Doc("batches that the cluster was read for and compared in; null below V5", wide=True),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupVerified:
    """Whether backups are whole, and what is wrong."""

    location: Annotated[str, Doc("directory or URL of the backups")]
    level: Annotated[str, Doc("how deep it went", choices=LEVELS)]
    verdict: Verdict
    records: Annotated[int, Doc("records that were read back")]
    bytes: Annotated[int, Doc("bytes that were read back")]
    backups: tuple[VerifiedBackup, ...]
    problems: Annotated[tuple[Problem, ...], Doc("mismatches, the first 1,000 of each backup")]


@capability(
    "backup.verify",
    effect=Effect.OBSERVE,
    needs_cluster=False,
    long=True,
    examples=(
        "steward backup verify",
        "steward backup verify orders --level V2 --from s3://backups/prod",
        "steward backup verify orders --level V5 --cluster prod",
    ),
)
def verify_backup(params: BackupVerifyParams, context: Context) -> Answer[BackupVerified]:
    """Check whether backups are what their manifests say, by reading them back.

    Each level includes those before it. Any mismatch makes a backup damaged, and an object that cannot be read is a
    mismatch. V5 reads the topic from the cluster again and compares the checksums of its batches; the other levels need
    no cluster. Exit code 3: a backup is damaged.
    """
    store = open_backups(context, params.from_)
    check = signature_check(context, params.public_key)
    from steward.backup.lineages import LineageStore
    from steward.backup.verification.verify import LineageVerifier

    lineages = chosen_lineages(store, params.topics, given_cluster_id(context))
    if not lineages:
        raise ObjectNotFound(
            f"there is no backup in {store.location}",
            remedy=Hint(
                "name the location with --from, or create a backup: ",
                steward("backup create", "TOPIC"),
            ),
        )
    found = [
        (
            lineage,
            LineageVerifier(
                LineageStore(store, lineage),
                Level[params.level],
                is_signed_by=check,
                progress=context.progress,
            ).run(),
        )
        for lineage in lineages
    ]
    live = _live(found, store, params, context)
    rows = tuple(_row(lineage, one, live.get(lineage)) for lineage, one in found)
    problems = (*_problems(found), *(p for one in live.values() for p in one.problems))
    return Answer(
        data=BackupVerified(
            location=store.location,
            level=params.level,
            verdict=Verdict.DAMAGED if problems else Verdict.VERIFIED,
            records=sum(row.records for row in rows),
            bytes=sum(row.bytes for row in rows),
            backups=rows,
            problems=problems,
        ),
        observed_at=Instant(context.now_ms()),
        warnings=(*configuration_warnings(context), *_not_compared(live)),
        outcome=Outcome.FINDINGS if problems else Outcome.DONE,
    )


def _live(
    found: "list[tuple[Lineage, Verification]]",
    store: "ObjectStore",
    params: BackupVerifyParams,
    context: Context,
) -> "dict[Lineage, LiveComparison]":
    """Compare with the cluster, where that is asked for and the manifests could be read."""
    from steward.backup.lineages import LineageStore
    from steward.backup.verification.live import LiveCheck, LiveComparison
    from steward.cluster.log_reader import connect_log_reader

    if Level[params.level] < Level.V5:
        return {}
    with context.connect(context.connection) as observer:
        cluster_id = observer.observe(frozenset({Part.IDENTITY})).cluster_id
    compared: dict[Lineage, LiveComparison] = {}
    with connect_log_reader(context.connection) as reader:
        for lineage, verification in found:
            if lineage.cluster_id != cluster_id:
                compared[lineage] = LiveComparison(why_not="it is a backup of another cluster")
            elif verification.history:
                check = LiveCheck(LineageStore(store, lineage), reader, sleep=context.sleep)
                compared[lineage] = check.run(verification.history)
    return compared


def _not_compared(live: "dict[Lineage, LiveComparison]") -> Iterator[Notice]:
    """Say which backups were verified up to V4 only."""
    for lineage, one in live.items():
        if one.why_not:
            yield Notice(
                code="not_compared",
                message=f"topic {lineage.topic} was not compared with the cluster: {one.why_not}",
                object=lineage.topic,
            )


def _row(
    lineage: "Lineage", found: "Verification", live: "LiveComparison | None"
) -> VerifiedBackup:
    from steward.records.record_digest import summed

    problems = [*found.problems, *(live.problems if live else [])]
    batches = None if live is None else live.batches
    return VerifiedBackup(
        topic=lineage.topic,
        topic_id=lineage.topic_id,
        fork=lineage.fork,
        cluster_id=lineage.cluster_id,
        verdict=Verdict.DAMAGED if problems else Verdict.VERIFIED,
        runs=found.runs,
        objects=found.objects,
        records=found.records,
        bytes=found.bytes,
        manifest=found.manifest,
        digest=summed(d.l2 for d in found.digests) if found.digests else None,
        live_batches=Unknown(Why.REFUSED, live.why_not) if live and live.why_not else batches,
    )


def _problems(found: "list[tuple[Lineage, Verification]]") -> Iterator[Problem]:
    for _, one in found:
        yield from one.problems


CAPABILITIES: tuple[Capability, ...] = (verify_backup,)
