"""The phrases that causes share: numbers with their units, evidence with its request, Kafka's own commands."""

from collections.abc import Iterable, Sequence

from steward.analysis.diagnosis.idle_members import members_text
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.model import wording
from steward.model.command import Command, steward
from steward.model.finding import Evidence
from steward.model.lag import GroupLag, LagSeconds
from steward.model.verdict import Action
from steward.model.wording import count as count


def few(names: Iterable[object], most: int = 4) -> str:
    """Name the first four of many, in the order given: ``a, b and 12 more``."""
    return wording.few(names, most)


def span(seconds: float) -> str:
    """Write a duration in the unit that a person would use: ``0.2 s``, ``40 s``, ``35 min``, ``7 h``, ``3 d``."""
    if seconds < 10:
        return f"{seconds:.1f} s" if seconds >= 0.05 or seconds == 0 else f"{seconds * 1000:.0f} ms"
    return wording.span(seconds)


def per_second(rate: float) -> str:
    """Write a rate: ``30 records/s``, ``0.4 records/s``."""
    return f"{rate:,.0f} records/s" if rate >= 100 else f"{rate:,.1f} records/s"


def share(part: float) -> str:
    """Write a share: ``75 %``."""
    return f"{part * 100:.0f} %"


def partitions(rows: Sequence[PartitionSummary], most: int = 4) -> str:
    """Name partitions: ``orders-3``, ``orders-0, orders-1 and 8 more``."""
    return few((r.partition for r in rows), most)


def lag_of(lag: GroupLag) -> str:
    """Write a group's lag with its bounds: ``312 s (310 to 314 s)``."""
    found = lag.lag_seconds
    if not isinstance(found, LagSeconds):
        return "unknown"
    if found.high is None:
        return f"at least {span(found.low)}"
    if found.high - found.low <= max(2.0, 0.02 * found.value):
        return span(found.value)
    return f"{span(found.value)} ({found.low:.0f} to {found.high:.0f} s)"


def look_time(case: DiagnosisInput) -> str:
    """Write how long the group was observed: ``12 s, 11 samples``."""
    return f"{case.seconds:.0f} s, {count(len(case.looks), 'sample')}"


def age_evidence(case: DiagnosisInput) -> Evidence:
    """Quote the lag in seconds."""
    basis = case.lag.lag_seconds
    how = basis.basis.value if isinstance(basis, LagSeconds) else "none"
    return Evidence(
        "ListOffsets by time", f"age of the oldest unread record ({how})", lag_of(case.lag)
    )


def rates_evidence(
    case: DiagnosisInput, rows: Sequence[PartitionSummary] | None = None
) -> tuple[Evidence, ...]:
    """Quote arrivals and consumption of some partitions, or of all."""
    chosen = case.rows if rows is None else rows
    about = "" if rows is None else f" on {partitions(chosen, 2)}"
    looked = look_time(case)
    return (
        Evidence(
            f"ListOffsets, {looked}",
            f"arrivals{about}",
            per_second(sum(r.arrivals for r in chosen)),
        ),
        Evidence(
            f"OffsetFetch, {looked}", f"commits{about}", per_second(sum(r.consumed for r in chosen))
        ),
    )


def commit_evidence(row: PartitionSummary, case: DiagnosisInput) -> Evidence:
    """Quote where a commit stands, and since when."""
    return Evidence(
        f"OffsetFetch, {look_time(case)}",
        f"commit of {row.partition}",
        f"offset {row.committed}, {row.unread:,} unread, unmoved for {span(row.flat_seconds)}",
    )


def members_evidence(case: DiagnosisInput) -> Evidence:
    """Quote state and members of the group."""
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


def look_closer(group: str) -> Action:
    """Point at the group's partitions."""
    return Action(summary="see which partitions lag", command=steward("lag", group, by="partition"))


def reset_command(group: str, partition: str, offset: int) -> Command:
    """Return the reset of one partition, ``orders:3``, to an offset; it is shown before it is done."""
    return steward("group reset-offsets", group, topics=partition, to=offset)


def topics_of(rows: Iterable[PartitionSummary]) -> tuple[str, ...]:
    """Return the topics of partitions, sorted."""
    return tuple(sorted({r.partition.topic for r in rows}))
