"""Phrases that the causes share: numbers with units, evidence with its request, commands."""

from collections.abc import Iterable, Sequence

from steward.analysis.diagnosis.idle_members import members_text
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.analysis.diagnosis.sizing import percent as percent
from steward.model import wording
from steward.model.command import Command, steward
from steward.model.finding import Evidence
from steward.model.lag import GroupLag, LagSeconds
from steward.model.verdict import Action
from steward.model.wording import count as count
from steward.model.wording import duration as duration


def few(names: Iterable[object], most: int = 4) -> str:
    """Name the first four items, in the given order: ``a, b and 12 more``."""
    return wording.few(names, most)


def per_second(rate: float) -> str:
    """Write a rate: ``30 records/s``, ``0.4 records/s``."""
    return f"{rate:,.0f} records/s" if rate >= 100 else f"{rate:,.1f} records/s"


def partitions(rows: Sequence[PartitionSummary], most: int = 4) -> str:
    """Name partitions: ``orders-3``, ``orders-0, orders-1 and 8 more``."""
    return few((r.partition for r in rows), most)


def lag_of(lag: GroupLag) -> str:
    """Write a group's lag with its bounds: ``5m 12s (5m 10s to 5m 14s)``."""
    found = lag.lag_seconds
    if not isinstance(found, LagSeconds):
        return "unknown"
    if found.high is None:
        return f"at least {duration(found.low)}"
    if found.high - found.low <= max(2.0, 0.02 * found.value):
        return duration(found.value)
    return f"{duration(found.value)} ({duration(found.low)} to {duration(found.high)})"


def observation_text(case: DiagnosisInput) -> str:
    """Write how long the group was observed: ``12s, 11 samples``."""
    return f"{duration(case.seconds)}, {count(len(case.group_samples), 'sample')}"


def age_evidence(case: DiagnosisInput) -> Evidence:
    """Return the lag in seconds as evidence."""
    basis = case.lag.lag_seconds
    how = basis.basis.value if isinstance(basis, LagSeconds) else "none"
    return Evidence(
        "ListOffsets by time", f"age of the oldest unread record ({how})", lag_of(case.lag)
    )


def rates_evidence(
    case: DiagnosisInput, rows: Sequence[PartitionSummary] | None = None
) -> tuple[Evidence, ...]:
    """Return arrivals and consumption of some partitions, or of all, as evidence."""
    chosen = case.rows if rows is None else rows
    about = "" if rows is None else f" on {partitions(chosen, 2)}"
    observed = observation_text(case)
    return (
        Evidence(
            f"ListOffsets, {observed}",
            f"arrivals{about}",
            per_second(sum(r.arrivals for r in chosen)),
        ),
        Evidence(
            f"OffsetFetch, {observed}",
            f"commits{about}",
            per_second(sum(r.consumed for r in chosen)),
        ),
    )


def commit_evidence(row: PartitionSummary, case: DiagnosisInput) -> Evidence:
    """Return a partition's commit, and for how long it has not moved, as evidence."""
    return Evidence(
        f"OffsetFetch, {observation_text(case)}",
        f"commit of {row.partition}",
        f"offset {row.committed}, {row.unread:,} unread, unchanged for {duration(row.flat_seconds)}",
    )


def members_evidence(case: DiagnosisInput) -> Evidence:
    """Return state and members of the group as evidence."""
    return Evidence(
        describe_request(case),
        "state and members",
        f"{case.lag.state}, {members_text(case)}",
    )


def describe_request(case: DiagnosisInput) -> str:
    """Name the request that describes a group of this type."""
    return {
        "consumer": "ConsumerGroupDescribe",
        "share": "ShareGroupDescribe",
        "streams": "StreamsGroupDescribe",
    }.get(case.lag.type, "DescribeGroups")


def list_partitions(group: str) -> Action:
    """Return the action that lists the group's partitions."""
    return Action(
        summary="list the partitions that lag", command=steward("lag", group, by="partition")
    )


def reset_command(group: str, partition: str, offset: int) -> Command:
    """Return the command that resets one partition, ``orders:3``, to an offset, with a preview before the change."""
    return steward("group reset-offsets", group, topics=partition, to=offset)


def topics_of(rows: Iterable[PartitionSummary]) -> tuple[str, ...]:
    """Return the topics of partitions, sorted."""
    return tuple(sorted({r.partition.topic for r in rows}))
