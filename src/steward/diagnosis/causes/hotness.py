"""Whether a partition gets more than its share of what arrives: by share, never by deviation."""

from collections.abc import Iterable

from steward.diagnosis.case import Case, Row

HOT = 2.0
"""Times its fair share from which a partition is hot."""
_LEAST_PARTITIONS = 3
_LEAST_RECORDS = 100


def siblings_of(case: Case, row: Row) -> tuple[Row, ...]:
    """Return the partitions of the same topic, itself among them."""
    return tuple(r for r in case.rows if r.partition.topic == row.partition.topic)


def share_of(case: Case, row: Row) -> float:
    """Return a partition's share of its topic's arrivals, 0 to 1."""
    total = sum(r.arrivals for r in siblings_of(case, row))
    return row.arrivals / total if total > 0 else 0.0


def is_hot(case: Case, rows: Iterable[Row]) -> bool:
    """Tell whether any of some partitions is hot; too few partitions or records do not tell."""
    return any(_is_hot(case, row) for row in rows)


def _is_hot(case: Case, row: Row) -> bool:
    siblings = siblings_of(case, row)
    arrived = sum(r.arrivals for r in siblings) * case.seconds
    if len(siblings) < _LEAST_PARTITIONS or arrived < _LEAST_RECORDS:
        return False
    return share_of(case, row) > HOT / len(siblings)
