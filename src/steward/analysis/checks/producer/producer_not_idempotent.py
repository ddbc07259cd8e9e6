"""Durable topics that are written without idempotence."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.producer.plain_writes import (
    evidence_of,
    require_enough_batches,
    shares,
    without_producer_id,
)
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_topic
from steward.model.finding import Remedy, Severity
from steward.model.snapshot import Part


@check("P01", Severity.HIGH, over=CLUSTER, parts=(Part.TOPICS, Part.SAMPLES))
def producer_not_idempotent(facts: Facts, _: None) -> Iterator[FoundState]:
    """A durable topic is written by producers without idempotence.

    What it means: some of the sampled newest batches of the topic have producer id -1. The finding gives shares,
        because idempotent and other producers may write the same topic. Brokers do not report which client it was.
        Topics declared ephemeral are left out, and so are topics that Streams, Connect and MirrorMaker write.
    Why it matters: when such a producer retries after a lost response, its records are stored twice. With more than
        one request in flight their order may change.
    What to do: set enable.idempotence=true in the client; it requires acks=all, retries and at most five requests in
        flight. librdkafka leaves it off unless it is set. Java producers turn it off silently when another setting
        conflicts. To find the client, check which principals can write to the topic and which clients are connected.
    """
    for writing in without_producer_id(facts):
        yield FoundState(
            object=on_topic(writing.topic),
            summary=f"retries may duplicate or reorder records: {shares(writing)}",
            evidence=evidence_of(writing),
            remedy=Remedy(
                "set enable.idempotence=true (and acks=all) in the clients that write this topic; brokers do not "
                "report which clients these are"
            ),
        )
    require_enough_batches(facts)
