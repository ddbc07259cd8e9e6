"""Retention that deletes records before the group reads them."""

from collections.abc import Iterator
from math import inf

from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    commit_evidence,
    count,
    duration,
    few,
    partitions,
    topics_of,
)
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.analysis.diagnosis.samples import offsets_of
from steward.model.command import Hint, steward
from steward.model.finding import Evidence
from steward.model.lag import LagSeconds
from steward.model.retention import bound_of
from steward.model.unknown import Unknown
from steward.model.verdict import Action, Cause, Certainty, Verdict

_DAY_MS = 86_400_000


def retention_overrun(case: DiagnosisInput) -> Verdict | None:
    """Records were deleted before they were read, or will be soon."""
    lost = tuple(r for r in case.rows if r.lag.lost_records > 0)
    return _lost(case, lost) if lost else _imminent(case)


def _lost(case: DiagnosisInput, rows: tuple[PartitionSummary, ...]) -> Verdict:
    """Report deleted unread records; a log start read before the commit proves it, otherwise it may be a race."""
    total = sum(r.lag.lost_records for r in rows)
    proved = any(
        start > r.committed
        for r in rows
        for _, start in offsets_of(case.group_samples[:-1], r.partition, "start")
    )
    worst = max(rows, key=lambda r: r.lag.lost_records)
    return Verdict(
        cause=Cause.RETENTION_OVERRUN,
        confidence=Certainty.KNOWN if proved else Certainty.POSSIBLE,
        summary=f"Data loss: retention deleted {count(total, 'offset')} on {partitions(rows)} "
        "before the group read them.",
        evidence=(
            Evidence(
                "ListOffsets, OffsetFetch",
                f"start and commit of {worst.partition}",
                f"log starts at {worst.lag.start_offset}, commit at {worst.committed}: "
                f"{worst.lag.lost_records:,} lost",
            ),
            *_retention_evidence(case, worst),
        ),
        actions=(
            *_raise_retention(case, rows),
            Action(
                summary=f"report {total:,} lost offsets to the owners of {few(topics_of(rows))}: "
                "the group continues where its "
                "auto.offset.reset says (earliest: at the log's start)",
                command=steward("lag", case.lag.group, by="partition", output="wide"),
            ),
            Action(summary="then reduce the lag itself: see the other causes and the capacity"),
        ),
        settles=()
        if proved
        else ("a second sample in which the commit is still before the log's start",),
    )


def _imminent(case: DiagnosisInput) -> Verdict | None:
    if not case.has_excess_lag:
        return None
    found = [(left, r) for r in case.late if (left := _seconds_left(case, r)) is not None]
    if not found:
        return None
    left, row = min(found, key=lambda pair: (pair[0], pair[1].partition))
    retention = _retention_ms(case, row)
    catch_up = _catch_up_seconds(row)
    soon = 0.1 * (retention or 0) / 1000
    if left >= max(soon, 2 * catch_up if catch_up != inf else 0):
        return None
    until = (
        "the group never catches up at this rate"
        if catch_up == inf
        else f"catching up takes {duration(catch_up)}"
    )
    return Verdict(
        cause=Cause.RETENTION_OVERRUN,
        confidence=Certainty.LIKELY if case.seconds >= 300 or left <= 0 else Certainty.POSSIBLE,
        summary=f"Retention will delete unread records of {row.partition} "
        f"in {duration(max(0.0, left))}, and {until}.",
        evidence=(*_retention_evidence(case, row), age_evidence(case), commit_evidence(row, case)),
        actions=(
            *_raise_retention(case, (row,)),
            Action(summary="then reduce the lag itself: see the other causes and the capacity"),
        ),
        settles=case.until_likely,
    )


def _catch_up_seconds(row: PartitionSummary) -> float:
    spare = row.consumed - row.arrivals
    return row.unread / spare if spare > 0 else inf


def _retention_ms(case: DiagnosisInput, row: PartitionSummary) -> int | None:
    """Return the topic's retention by time; None if it is unlimited, compacted or unknown."""
    configs = case.topic_configs.get(row.partition.topic)
    if configs is None or isinstance(configs, Unknown):
        return None
    policy, found = configs.get("cleanup.policy"), configs.get("retention.ms")
    if policy is not None and "delete" not in (policy.value or "delete"):
        return None
    bound = None if found is None else bound_of("retention.ms", found.value)
    return int(bound) if bound is not None and 0 < bound < inf else None


def _seconds_left(case: DiagnosisInput, row: PartitionSummary) -> float | None:
    retention = _retention_ms(case, row)
    known = isinstance(row.lag.lag_seconds, LagSeconds)
    return retention / 1000 - row.seconds if retention and known else None


def _retention_evidence(case: DiagnosisInput, row: PartitionSummary) -> tuple[Evidence, ...]:
    retention = _retention_ms(case, row)
    if retention is None:
        return ()
    topic = row.partition.topic
    return (
        Evidence(
            f"DescribeConfigs topic {topic}",
            "retention.ms",
            f"{retention} ({duration(retention / 1000)})",
        ),
    )


def _raise_retention(case: DiagnosisInput, rows: tuple[PartitionSummary, ...]) -> Iterator[Action]:
    for topic in topics_of(rows)[:3]:
        row = next(r for r in rows if r.partition.topic == topic)
        now = _retention_ms(case, row) or _DAY_MS
        yield Action(
            summary=f"raise the retention of {topic} temporarily, to stop further loss",
            command=steward("topic alter", topic, set=f"retention.ms={max(2 * now, _DAY_MS)}"),
            caution=Hint(
                "retention.bytes also deletes. Restore the old value afterwards. Check free disk space first: ",
                steward("broker list"),
            ),
        )
