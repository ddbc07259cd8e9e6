"""``steward log verify``: check the files of partitions against each other."""

from dataclasses import dataclass
from typing import Annotated

from steward.codec import UnknownFact
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Notice, Outcome, capability
from steward.commands.log.directories import LOG_PATHS, partition_directories
from steward.model.doc import Doc
from steward.model.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LogVerifyParams:
    """Which logs."""

    paths: Annotated[tuple[str, ...], LOG_PATHS]
    records: Annotated[bool, Doc("also check that every record can be decoded; takes longer")] = (
        False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRow:
    """Damage in a file."""

    file: Annotated[str, Doc("file, as the path was given")]
    position: Annotated[int | None, Doc("byte in the file; null: the whole file")]
    offset: Annotated[int | None, Doc("offset in the partition, where the problem has one")]
    kind: Annotated[str, Doc("kind of damage, such as batch_checksum_wrong")]
    detail: Annotated[str, Doc("what was found")]
    consequence: Annotated[str, Doc("what it does to the broker and its clients")]
    remedy: Annotated[str, Doc("what to do")]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """Something worth knowing that is no damage."""

    file: Annotated[str, Doc("file, as the path was given")]
    position: Annotated[int | None, Doc("byte in the file; null: the whole file")]
    offset: Annotated[int | None, Doc("offset in the partition, where the note has one")]
    kind: Annotated[str, Doc("kind of note, such as torn_tail or offsets_missing")]
    detail: Annotated[str, Doc("what was found")]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedPartition:
    """What was checked of one directory."""

    directory: Annotated[str, Doc("directory, as the path was given")]
    partition: Annotated[str | None, Doc("partition, by the directory's name")]
    segments: Annotated[int, Doc("segments read")]
    batches: Annotated[int, Doc("batches whose checksum was computed")]
    records: Annotated[int, Doc("records that the batches hold")]
    bytes: Annotated[int, Doc("bytes of segments read")]
    first_offset: Annotated[int | None, Doc("first offset stored; null: the log is empty")]
    last_offset: Annotated[int | None, Doc("last offset stored; null: the log is empty")]
    problems: Annotated[int, Doc("number of problems")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogVerification:
    """Whether logs are damaged, and where."""

    verdict: Annotated[str, Doc("clean or damaged")]
    problems: Annotated[tuple[ProblemRow, ...], Doc("damage, by directory, file and position")]
    notes: Annotated[tuple[NoteRow, ...], Doc("worth knowing, no damage")]
    partitions: Annotated[tuple[VerifiedPartition, ...], Doc("what was checked")]


@capability(
    "log.verify",
    needs_cluster=False,
    long=True,
    examples=(
        "steward log verify /var/lib/kafka/orders-0",
        "steward log verify /var/lib/kafka",
        "steward log verify orders-0 --records",
        "steward log verify orders-0/00000000000000000000.log -o json",
    ),
)
def verify(params: LogVerifyParams, context: Context) -> Answer[LogVerification]:
    """Check segments, indexes, snapshots and checkpoints on disk against each other.

    A directory is checked as a whole: checksums, the chain of offsets, leader epochs, index entries, aborted
    transactions, producer states. Each problem is located by file, position and offset, with its consequence and what
    to do. The files of a running broker can be checked: a batch that is being written is no damage. Exit code 3: damage
    was found.
    """
    from steward.commands.log.verification import verified  # numpy: only needed here

    directories = partition_directories(params.paths, context.directory)
    reports = list(verified(directories, context, records=params.records))
    unread = [report.fault for report in reports if report.fault is not None]
    found = [report for report in reports if report.fault is None]
    if unread and not found:
        raise unread[0]
    problems = tuple(row for report in found for row in report.problems)
    return Answer(
        data=LogVerification(
            verdict="damaged" if problems else "clean",
            problems=problems,
            notes=tuple(row for report in found for row in report.notes),
            partitions=tuple(report.summary for report in found),
        ),
        observed_at=Instant(context.now_ms()),
        unknown=tuple(UnknownFact("log", f.object_name, f.summary) for f in unread),
        warnings=tuple(
            Notice(code=f.code, message=f.summary, object=f.object_name, remedy=f.remedy)
            for f in unread
        ),
        outcome=Outcome.FINDINGS if problems else Outcome.DONE,
    )


CAPABILITIES: tuple[Capability, ...] = (verify,)
