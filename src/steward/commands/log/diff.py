"""``steward log diff``: compare two logs of one partition."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Notice, Outcome, capability
from steward.commands.log.directories import PartitionDirectory, partition_directories
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.wording import count


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDiffParams:
    """Which two logs."""

    left: Annotated[str, Doc("directory of a partition, or a segment", positional=True)]
    right: Annotated[
        str, Doc("the same partition on another broker, or a copy of it", positional=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffSide:
    """One of the logs."""

    path: Annotated[str, Doc("path as given")]
    batches: Annotated[int, Doc("intact batches")]
    damaged: Annotated[int, Doc("damaged batches, which are not compared")]
    first_offset: Annotated[int | None, Doc("first offset stored")]
    last_offset: Annotated[int | None, Doc("last offset stored")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRange:
    """Offsets in which the logs differ."""

    kind: Annotated[
        str,
        Doc(
            "diverged: other content at the same offset; only_left or only_right: records on one side; leader_epoch: "
            "equal content under other leader epochs"
        ),
    ]
    first_offset: Annotated[int, Doc("first offset")]
    last_offset: Annotated[int, Doc("last offset")]
    records: Annotated[int, Doc("records of them that differ")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDiff:
    """How two logs differ."""

    verdict: Annotated[
        str,
        Doc(
            "identical: equal records at all offsets that both reach; compatible: no offset has other content; "
            "diverged: some have; apart: no offset is in both; unknown: some batches could not be decoded"
        ),
    ]
    sides: Annotated[tuple[DiffSide, ...], Doc("left and right")]
    common_first_offset: Annotated[int | None, Doc("first offset that both reach")]
    common_last_offset: Annotated[int | None, Doc("last offset that both reach")]
    equal_batches: Annotated[int, Doc("batches that are equal byte by byte")]
    compared_records: Annotated[int, Doc("records that were compared where batches differ")]
    differences: Annotated[tuple[DiffRange, ...], Doc("where the logs differ")]


@capability(
    "log.diff",
    needs_cluster=False,
    examples=(
        "steward log diff /mnt/broker1/orders-0 /mnt/broker2/orders-0",
        "steward log diff orders-0 /backup/orders-0 -o json",
    ),
)
def diff(params: LogDiffParams, context: Context) -> Answer[LogDiff]:
    """Compare two logs of one partition over the offsets that both have.

    Batches with equal offsets and checksum are equal; where batches differ, their records are compared. The cleaner
    works on each replica by itself, so records on one side only are no divergence. Exit code 3: an offset has other
    content on the other side.
    """
    from steward.commands.log.comparing import compared  # numpy: only needed here

    sides = [_one(path, context) for path in (params.left, params.right)]
    data, unread = compared((params.left, sides[0]), (params.right, sides[1]))
    damaged = [side.path for side in data.sides if side.damaged]
    return Answer(
        data=data,
        observed_at=Instant(context.now_ms()),
        warnings=(
            *(_damaged(path) for path in damaged),
            *(Notice(code="unreadable", message=text, object="log", remedy="") for text in unread),
        ),
        outcome=Outcome.FINDINGS if data.verdict == "diverged" else Outcome.DONE,
    )


def _one(path: str, context: Context) -> PartitionDirectory:
    found = partition_directories((path,), context.directory)
    if len(found) != 1:
        raise UsageError(
            f"{path} holds {count(len(found), 'partition')}; one is compared at a time",
            remedy="pass the directory of one partition",
            object_name=path,
        )
    return found[0]


def _damaged(path: str) -> Notice:
    return Notice(
        code="damaged",
        message=f"{path} has damaged batches, which are not compared",
        object=path,
        remedy=Hint("locate the damage with: ", steward("log verify", path)),
    )


CAPABILITIES: tuple[Capability, ...] = (diff,)
