"""A hot partition: it receives more than its share of arrivals, compared as a share, not as a deviation."""

from collections.abc import Iterable

from steward.analysis.diagnosis.causes.keys import fair_share, key_actions, key_sentence
from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    describe_request,
    duration,
    per_second,
    percent,
)
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.analysis.diagnosis.record_keys import key_evidence, pattern_of, sample_of
from steward.model.finding import Evidence
from steward.model.record_key import KeySample
from steward.model.verdict import Cause, Verdict

HOT = 2.0
"""Multiple of its fair share from which a partition is hot."""
_LEAST_PARTITIONS = 3
_LEAST_RECORDS = 100
_MOST = 0.5
"""Share of the lag that a hot partition holds at least, to be its cause."""


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


def rates_are_usable(case: DiagnosisInput) -> bool:
    """Return whether rates are usable: there is lag, it does not fall, and no leader changed between samples."""
    return case.has_excess_lag and not case.is_falling and not case.has_elections


def hottest(case: DiagnosisInput) -> PartitionSummary | None:
    """Return the hot partition that holds most of the lag, None if there is none."""
    hot = hot_rows(case, case.late)
    if not rates_are_usable(case) or not hot or sum(r.unread for r in hot) < _MOST * case.unread:
        return None
    return max(hot, key=lambda r: (r.arrivals, r.unread))


def hot_partition(case: DiagnosisInput) -> Verdict | None:
    """One partition receives more than twice its fair share, and holds most of the lag."""
    row = hottest(case)
    if row is None:
        return None
    siblings = siblings_of(case, row)
    part, fair = share_of(case, row), 1 / len(siblings)
    sample = sample_of(case, row.partition)
    seen = isinstance(sample, KeySample)
    pattern = pattern_of(sample, (part - fair) / part) if seen else None
    return Verdict(
        cause=Cause.HOT_PARTITION,
        confidence=case.rate_certainty,
        summary=f"{row.partition} receives {percent(part)} of its topic's records, {fair_share(part, len(siblings))}. "
        f"{per_second(row.arrivals)} arrive there, its consumer reads {per_second(row.consumed)}, and it holds "
        f"{percent(row.unread / max(1, case.unread))} of the lag. {key_sentence(sample, pattern)}",
        evidence=(
            *_hot_evidence(case, row),
            *(key_evidence(sample) if seen else ()),
            age_evidence(case),
        ),
        actions=key_actions(row.partition, sample, pattern, part=part, partitions=len(siblings)),
        settles=case.until_likely,
    )


def _hot_evidence(case: DiagnosisInput, row: PartitionSummary) -> tuple[Evidence, ...]:
    topic = sum(r.arrivals for r in siblings_of(case, row))
    found = [
        Evidence(
            f"ListOffsets, {duration(case.seconds)}",
            f"arrivals on {row.partition} and on its topic",
            f"{per_second(row.arrivals)} of {per_second(topic)}",
        ),
        Evidence(
            "OffsetFetch",
            f"unread on {row.partition} and in total",
            f"{row.unread:,} of {case.unread:,}",
        ),
    ]
    if row.owner is not None:
        reader = f"{row.owner.client_id} on {row.owner.host}"
        found.append(Evidence(describe_request(case), "its consumer", reader))
    return tuple(found)
