"""Durable topics that are written without idempotence."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import require_all
from steward.analysis.checks.producer.writing import Writing, require_all_samples, writings
from steward.analysis.checks.say import count
from steward.model.finding import Evidence
from steward.model.policy import Criticality
from steward.model.unknown import Unknown, Why

_TOO_FEW = Unknown(
    Why.TRUNCATED, "too few batches were sampled to compute shares (threshold min_sampled_batches)"
)


def without_producer_id(facts: Facts) -> Iterator[Writing]:
    """Yield the durable topics in which some batches have no producer id."""
    minimum = facts.thresholds.min_sampled_batches
    return (w for w in _suspects(facts) if w.batches >= minimum)


def require_enough_batches(facts: Facts) -> None:
    """Stop a check with Unknown, after it has judged the rest, if samples are missing or too small."""
    require_all_samples(facts)
    minimum = facts.thresholds.min_sampled_batches
    require_all((w.topic.name, _TOO_FEW) for w in _suspects(facts) if w.batches < minimum)


def _suspects(facts: Facts) -> Iterator[Writing]:
    for writing in writings(facts):
        if writing.plain and facts.criticality(writing.topic.name) is not Criticality.EPHEMERAL:
            yield writing


def shares(writing: Writing) -> str:
    """Return the share of batches without producer id, and the number of idempotent producers."""
    batches, records = writing.plain / writing.batches, writing.plain_records / writing.records
    share = (
        f"{writing.plain} of {writing.batches} sampled batches ({batches:.0%}, {records:.0%} of the records) "
        "have no producer id"
    )
    if not writing.producer_ids:
        return share
    return f"{share}; also {count(len(writing.producer_ids), 'idempotent producer')}"


def evidence_of(writing: Writing) -> tuple[Evidence, ...]:
    """Return the counts of the sample as evidence."""
    numbers = (p.partition for p in writing.partitions)
    return (
        Evidence(
            writing.source, "batches with producerId -1", f"{writing.plain} of {writing.batches}"
        ),
        Evidence(
            writing.source, "records in them", f"{writing.plain_records} of {writing.records}"
        ),
        Evidence(writing.source, "partitions sampled", ", ".join(map(str, sorted(numbers)))),
    )
