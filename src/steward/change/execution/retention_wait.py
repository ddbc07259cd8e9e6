"""The pause between retention steps: later steps wait until brokers have deleted, or until the time is over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from steward.cluster.ports import Observer, Progress, Scope
from steward.model.broker import LogDir
from steward.model.change import CutRetention
from steward.model.error import StewardError
from steward.model.names import TopicPartition
from steward.model.plan import Step
from steward.model.progress import ProgressStep
from steward.model.snapshot import Part
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Observed, Unknown, known_or
from steward.model.wording import size as size_text

_POLL_SECONDS = 10.0
_PARTS = frozenset({Part.TOPICS, Part.OFFSETS, Part.LOG_DIRS})


@dataclass(frozen=True, slots=True)
class Logs:
    """The logs of topics at one time: start offsets, non-empty partitions, and bytes of all replicas."""

    starts: Mapping[TopicPartition, int]
    full: frozenset[TopicPartition]
    size_bytes: int | None


@dataclass(frozen=True, kw_only=True)
class RetentionWait:
    """Waits and polls now and then; if a poll fails, it waits for the whole time."""

    observer: Observer
    progress: Progress
    sleep: Callable[[float], None]
    clock: Callable[[], float]

    def logs(self, steps: Mapping[int, Step]) -> Logs | None:
        """Read the logs that steps reduce; None if unknown, or if no step is followed by a pause."""
        topics = frozenset(
            s.change.topic
            for s in steps.values()
            if isinstance(s.change, CutRetention) and s.change.pause_seconds
        )
        if not topics:
            return None
        try:
            seen = self.observer.observe(_PARTS, Scope(topics=topics))
        except StewardError:
            return None
        if not isinstance(seen.offsets, Observed):
            return None
        known = {p: o for p, o in seen.offsets.value.items() if isinstance(o, PartitionOffsets)}
        if len(known) < len(seen.offsets.value):
            return None
        return Logs(
            starts={p: o.start for p, o in known.items()},
            full=frozenset(p for p, o in known.items() if o.end > o.start),
            size_bytes=_size(seen.log_dirs, topics),
        )

    def wait(self, steps: Mapping[int, Step], before: Logs | None, passed: float) -> None:
        """Wait after finished steps; ``passed`` seconds of their pause are over already.

        It ends early when every non-empty log has a later start than before, and two polls show no further deletion.
        Without ``before`` (the run was interrupted) it waits for the full pause.
        """
        pause = max((_pause(s) for s in steps.values()), default=0.0)
        began, last = self.clock() - passed, before
        while (left := pause - (self.clock() - began)) > 0:
            self.progress(_waiting(before, last, left, pause))
            self.sleep(min(_POLL_SECONDS, left))
            now = self.logs(steps) if before is not None else None
            if before and last and now and _all_moved(before, now) and _is_calm(last, now):
                return
            last = now or last


def _pause(step: Step) -> float:
    return step.change.pause_seconds if isinstance(step.change, CutRetention) else 0.0


def _all_moved(before: Logs, now: Logs) -> bool:
    return all(now.starts.get(p, 0) > before.starts[p] for p in before.full)


def _is_calm(last: Logs, now: Logs) -> bool:
    """Return whether nothing was deleted between two polls; new records do not count."""
    return now.starts == last.starts and (now.size_bytes or 0) >= (last.size_bytes or 0)


def _size(
    log_dirs: Observed[Mapping[int, tuple[LogDir, ...] | Unknown]] | Unknown, topics: frozenset[str]
) -> int | None:
    if not isinstance(log_dirs, Observed):
        return None
    return sum(
        log.size_bytes
        for dirs in log_dirs.value.values()
        for log_dir in known_or(dirs, ())
        for log in log_dir.replicas
        if log.partition.topic in topics
    )


def _waiting(before: Logs | None, last: Logs | None, left: float, pause: float) -> ProgressStep:
    freed = ""
    if (
        before is not None
        and last is not None
        and before.size_bytes
        and last.size_bytes is not None
    ):
        gone = max(0, before.size_bytes - last.size_bytes)
        freed = f"; {size_text(gone)} of {size_text(before.size_bytes)} deleted"
    return ProgressStep(
        f"waiting for brokers to delete records before the next step{freed}",
        seconds=left,
        done=1 - left / pause,
        changes_cluster=True,
    )
