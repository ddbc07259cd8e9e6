"""Whether a partition receives more than its share of arrivals: compared as a share, not as a deviation."""

from collections.abc import Iterable

from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary

HOT = 2.0
"""Multiple of its fair share from which a partition is hot."""
_LEAST_PARTITIONS = 3
_LEAST_RECORDS = 100


def siblings_of(case: DiagnosisInput, row: PartitionSummary) -> tuple[PartitionSummary, ...]:
    """Return all partitions of the same topic, including this one."""
    return case.rows_of_topic[row.partition.topic]


def share_of(case: DiagnosisInput, row: PartitionSummary) -> float:
    """Return a partition's share of its topic's arrivals, 0 to 1."""
    total = sum(r.arrivals for r in siblings_of(case, row))
    return row.arrivals / total if total > 0 else 0.0


def hot_rows(
    case: DiagnosisInput, rows: Iterable[PartitionSummary]
) -> tuple[PartitionSummary, ...]:
    """Return the hot ones of some partitions; none if there are too few partitions or records to tell."""
    among: dict[str, list[PartitionSummary]] = {}
    for row in rows:
        among.setdefault(row.partition.topic, []).append(row)
    return tuple(r for some in among.values() for r in _hot_of_topic(case, some))


def _hot_of_topic(case: DiagnosisInput, rows: list[PartitionSummary]) -> Iterable[PartitionSummary]:
    siblings = siblings_of(case, rows[0])
    arrivals = sum(r.arrivals for r in siblings)
    if len(siblings) < _LEAST_PARTITIONS or arrivals * case.seconds < _LEAST_RECORDS:
        return ()
    return (r for r in rows if r.arrivals > HOT * arrivals / len(siblings))
