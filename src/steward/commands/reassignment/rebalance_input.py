"""Input of rebalance planning: the live cluster or a file of it; and what prevents planning on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward.cluster.ports import EVERYTHING, Scope
from steward.commands.api.context import Context
from steward.commands.api.registry import Notice
from steward.documents.files import read_text
from steward.model.broker import LogDir
from steward.model.command import Hint, steward
from steward.model.error import UsageError
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Observed, Unknown, value_or
from steward.model.wording import count, few

if TYPE_CHECKING:  # imports numpy: loaded only when planning
    from steward.analysis.rebalance.layout import ReplicaLayout

INPUT_PARTS = (Part.BROKERS, Part.TOPICS, Part.LOG_DIRS, Part.REASSIGNMENTS)
_NAMED, _FEW = 5, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceInput:
    """The layout to plan on, and the snapshot behind it."""

    layout: "ReplicaLayout"
    seen: ClusterSnapshot | None
    warnings: tuple[Notice, ...] = ()


def input_from_file(path: str, context: Context) -> RebalanceInput:
    """Read a layout from a file.

    Errors: UsageError.
    """
    from steward.analysis.rebalance.layout_file import read_layout
    from steward.analysis.rebalance.reassignment_json import FormatError

    text = text_of(path, context)
    try:
        return RebalanceInput(layout=read_layout(text), seen=None)
    except FormatError as error:
        raise unusable(path, error) from None


def input_from_cluster(
    window: float, context: Context, also: frozenset[Part] = frozenset()
) -> RebalanceInput:
    """Read a cluster; with a window, in seconds, twice, to measure write rates; ``also`` are additional parts.

    Errors: as observing.
    """
    from steward.analysis.rebalance.from_snapshot import layout_of, written_rates

    parts = frozenset({*INPUT_PARTS, Part.IDENTITY}) | also
    moving = frozenset({Part.OFFSETS})
    with context.connect(context.connection) as observer:
        seen = observer.observe(parts, EVERYTHING, context.progress)
        rates: Mapping[TopicPartition, float] | None = None
        warnings: tuple[Notice, ...] = ()
        dirs = _dirs(seen)
        if window > 0:
            offsets = [observer.observe(moving, Scope(), context.progress).offsets]
            context.wait(window, "measuring write rates")
            offsets.append(observer.observe(moving, Scope(), context.progress).offsets)
            before, after = offsets
            if isinstance(before, Observed) and isinstance(after, Observed):
                seconds = (after.at_ms - before.at_ms) / 1000
                rates = written_rates(before.value, after.value, seconds, dirs)
        else:
            warnings = (
                Notice(
                    code="network_unknown",
                    message="write rates were not measured: only disk, replicas and leaders are balanced",
                    remedy="add --window 30s",
                ),
            )
    layout = layout_of(value_or(seen.brokers, ()), value_or(seen.topics, ()), dirs, rates)
    return RebalanceInput(layout=layout, seen=seen, warnings=warnings)


def _dirs(seen: ClusterSnapshot) -> tuple[LogDir, ...]:
    if not isinstance(seen.log_dirs, Observed):
        return ()
    known = [dirs for dirs in seen.log_dirs.value.values() if not isinstance(dirs, Unknown)]
    return tuple(d for dirs in known for d in dirs)


def refusals(
    seen: ClusterSnapshot | None, kept: frozenset[TopicPartition] = frozenset()
) -> tuple[Notice, ...]:
    """Report what prevents planning: unknown sizes, and moves in progress of partitions that are not ``kept``."""
    return () if seen is None else (*_unseen(seen), *_moving(seen, kept))


def _unseen(seen: ClusterSnapshot) -> Iterator[Notice]:
    """Without its log directories, a live broker would be mistaken for an empty one."""
    for part in (Part.BROKERS, Part.TOPICS, Part.LOG_DIRS):
        value = seen.part(part)
        if isinstance(value, Observed):
            for gap in value.gaps:
                yield _not_seen(part.value, str(gap))
        else:
            yield _not_seen(part.value, str(value))
    if isinstance(seen.log_dirs, Observed) and isinstance(seen.brokers, Observed):
        for broker in seen.brokers.value:
            found = seen.log_dirs.value.get(broker.id)
            if broker.fenced is not True and (found is None or isinstance(found, Unknown)):
                yield _not_seen(
                    f"log directories of broker {broker.id}", str(found or "not reported")
                )


def _not_seen(what: str, why: str) -> Notice:
    return Notice(
        code="not_seen",
        message=f"{what.replace('_', ' ')} could not be read in full: {why}",
        remedy=Hint(
            "plan when all brokers respond; required permissions: ",
            steward("permissions", for_="reassignment"),
        ),
    )


def _moving(seen: ClusterSnapshot, kept: frozenset[TopicPartition]) -> Iterator[Notice]:
    known = value_or(seen.reassignments, ())
    moving = sorted(r.partition for r in known if r.partition not in kept)
    if not moving:
        return
    topics = sorted({p.topic for p in moving})
    options = (
        f"--exclude-topics {','.join(topics)}" if len(topics) <= _NAMED
        else f"--exclude-topics for these {len(topics):,} topics"
    )  # fmt: skip
    yield Notice(
        code="reassignment_in_flight",
        message=f"{count(len(moving), 'partition')} {'is' if len(moving) == 1 else 'are'} already moving "
        f"({few(moving, _FEW)})",
        remedy=Hint(
            f"wait until {'it finishes' if len(moving) == 1 else 'they finish'}, or add {options}; see them: ",
            steward("reassignment list"),
        ),
    )


def text_of(path: str, context: Context) -> str:
    """Read a file.

    Errors: DocumentError.
    """
    return read_text(context.directory / path, path)


def write_file(path: str, text: str, context: Context) -> None:
    """Write a file.

    Errors: UsageError.
    """
    try:
        (context.directory / path).write_text(text)
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror or error}", remedy="use another file"
        ) from None


def unusable(path: str, error: Exception) -> UsageError:
    """Return the fault for a file that cannot be used, with the reason."""
    return UsageError(f"{path}: {error}", remedy="correct the file", object_name=path)
