"""Brokers that reject records without key for compacted topics."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.metric_names import NO_KEY_COMPACTED_TOPIC_RECORDS
from steward.analysis.checks.registry import BROKERS, FoundState, Nature, check
from steward.analysis.checks.say import on_broker
from steward.model.broker import Broker
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_PER_SECOND = 0.01
"""After a few minutes the one-minute rate of a single record is below this."""


@check("T21", Severity.HIGH, over=BROKERS, parts=(Part.BROKERS, Part.METRICS), nature=Nature.STATE)
def compacted_topic_null_keys(facts: Facts, broker: Broker) -> Iterator[FoundState]:
    """A producer sends records without a key to a compacted topic.

    What it means: the broker rejected such records within the last minutes. Its metric does not name the topic.
    Why it matters: the broker rejects the whole batch with INVALID_RECORD. These records are lost unless the producer's
        error handling saves them.
    What to do: find the producer in the broker's log (which names the partition) and give its records keys. If the
        topic was compacted by mistake, set cleanup.policy to delete.
    """
    rate = facts.metric(broker.id, NO_KEY_COMPACTED_TOPIC_RECORDS)
    if rate < _PER_SECOND:
        return
    yield FoundState(
        object=on_broker(broker.id),
        summary=f"rejects {rate:.2f} records/s: they have no key, but their topic is compacted",
        evidence=(
            Evidence(
                f"metrics of broker {broker.id}",
                NO_KEY_COMPACTED_TOPIC_RECORDS,
                f"{rate:.2f} records/s",
            ),
        ),
        remedy=Remedy("find the producer in the broker's log and give its records keys"),
    )
